import SpikeExecution
import SpikeIR

extension Pass {
  /// Makes every weight, bias, threshold and start charge an integer, and proves the ranges.
  ///
  /// Per output channel c an integer θ_c (ECC's amplification κ) turns weights into
  /// `K = round(Ŵ · θ_c)` within the given bits. Biases and start charges get as many fraction
  /// bits F as 32-bit membranes allow over T timesteps, so that they do not drift:
  /// `k = round(b̂ · θ_c · 2^F)`. Synapses that share a population each have a shift, a power of
  /// two, so that all of them use their bits.
  ///
  /// For targets whose thresholds are all 1, `theta=power-of-two` makes θ_c a power of two, so that
  /// K/θ_c is exact in floats; `theta=layer` gives all channels of a layer the same.
  ///
  /// Rounding all weights of a channel shifts its mean current. With calibration data the bias
  /// takes the shift back: `b̂ -= Σ (K/θ - Ŵ) · E[input]` (Nagel et al. 2019, arXiv 1906.04721,
  /// section 4.2).
  ///
  /// `rounding=calibrated` chooses θ_c with which the current's error, not the largest weight,
  /// is least, and rounds the weights of a filter one after the other, each taking over what the
  /// errors before it ask of it (Frantar et al. 2022, arXiv 2210.17323): for 6 bits and fewer.
  ///
  /// Weights of a spiking network that was read may be integers already, divided by something: with
  /// `theta=own` they, biases and thresholds become those integers, and nothing is rounded.
  ///
  ///     %c = conv2d %e {weight: f32}; fire {threshold=1}
  ///       ->  %c = conv2d %e {weight: i32 within 8 bits}; fire {threshold = θ_c · 2^F}
  static let quantizeWeights = Pass(
    name: "quantize-weights",
    summary: "Makes weights, biases and thresholds integers and proves that no sum overflows.",
    options: [
      PassOption("bits", "8", "of a weight, 2 to 16, sign included"),
      PassOption("timesteps", "64", "for which the ranges are proven"),
      PassOption(
        "theta", "any",
        "any | power-of-two | layer (a power of two, one per layer) | own (weights that are whole"
          + " multiples of something stay so)"),
      PassOption("state-bits", "31", "that membranes may take, 8 to 31, sign left out"),
      PassOption("bias-correction", "on", "on (where there is calibration data) | off"),
      PassOption(
        "rounding", "nearest",
        "nearest | calibrated (where there is data): so that currents, not"
          + " weights, change least"),
    ],
    requires: [.spiking],
    establishes: [.quantized],
    preserves: .changesMeaning("weights are rounded to integers")
  ) { graph, context in
    let bits = try context.arguments.integer("bits", in: 2...16)
    let timesteps = try context.arguments.integer("timesteps", in: 1...65535)
    let grid: ThetaGrid = try context.arguments.choice("theta")
    let stateBits = try context.arguments.integer("state-bits", in: 8...31)
    let correction: Correction = try context.arguments.choice("bias-correction")
    graph.timesteps = timesteps
    let rounding: Rounding = try context.arguments.choice("rounding")
    var means: [NodeID: [Double]] = [:]
    var moments: InputMoments?
    if let data = context.calibration, !graph.facts.contains(.quantized) {
      let part = data.source.prefix(correctionSamples)
      if correction == .on {
        means = try LevelMeans.measure(graph, part, timesteps: timesteps)
      }
      if rounding == .calibrated {
        moments = try InputMoments.measure(graph, part, timesteps: timesteps)
      }
    }
    var quantizer = Quantizer(
      limit: (1 << (bits - 1)) - 1, grid, stateBits: stateBits, timesteps: timesteps,
      meanLevels: means, moments: moments)
    for id in graph.order { try quantizer.quantize(id, in: &graph) }
    graph.removeDeadNodes()
  }
}

private enum Correction: String, CaseIterable { case on, off }

private enum Rounding: String, CaseIterable { case nearest, calibrated }

/// Mean levels need few samples: each is averaged over the positions of an image too.
private let correctionSamples = 128
