import ArgumentParser
import SpikeExecution
import SpikeFrontend
import SpikeIR
import SpikePasses
import SpikeTargets

/// Which network a command takes.
struct ModelOptions: ParsableArguments {
  @Argument(
    help: "The trained network (.h5, .keras, .onnx), a spiking one (.nir), or an IR dump (.spk).")
  var model: String

  @Option(
    help: ArgumentHelp(
      "The input's shape where the model leaves it open, as in 32,32,3.", valueName: "shape"))
  var inputShape: String?

  @Option(
    help: ArgumentHelp(
      "The length of a timestep, for the time constants of NIR; 1e-4 by default.",
      valueName: "seconds"))
  var timeStep: Double?

  mutating func validate() throws {
    if let timeStep, !(timeStep > 0 && timeStep.isFinite) {
      throw ValidationError("--time-step must be above 0, not \(timeStep)")
    }
  }
}

/// How raw values become what the network was trained on: (x / scale - mean) / std.
struct InputOptions: ParsableArguments {
  @Option(help: "What raw values are divided by, such as 255.")
  var scale: Double = 1

  @Option(
    parsing: .unconditional,
    help: "What is subtracted then: one number, or one per channel, as in 0.49,0.48,0.45.")
  var mean: String = "0"

  @Option(help: "What the result is divided by: one number, or one per channel.")
  var std: String = "1"

  mutating func validate() throws {
    guard scale > 0, scale.isFinite else {
      throw ValidationError("--scale must be above 0, not \(scale)")
    }
    guard let means = InputOptions.numbers(mean) else {
      throw ValidationError("--mean takes numbers separated by commas, not '\(mean)'")
    }
    guard let deviations = InputOptions.numbers(std), deviations.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("--std takes numbers above 0 separated by commas, not '\(std)'")
    }
    guard means.count == deviations.count || means.count == 1 || deviations.count == 1 else {
      throw ValidationError(
        "--mean has \(means.count) numbers and --std \(deviations.count): give as many, or one")
    }
  }

  /// Whether raw values are already what the network was trained on.
  var isTrivial: Bool {
    scale == 1 && InputOptions.numbers(mean) == [0] && InputOptions.numbers(std) == [1]
  }

  private static func numbers(_ text: String) -> [Double]? {
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0).flatMap { $0.isFinite ? $0 : nil }
    }
    return values.contains(nil) ? nil : values.compactMap { $0 }
  }
}

/// How the input is coded over time.
struct CodingOptions: ParsableArguments {
  @Option(
    name: [.customLong("input"), .customLong("coding")],
    help: "How the input is coded: direct, rate or poisson.")
  var coding: Encode.Coding = .direct

  @Option(help: "The seed of Poisson coding.")
  var seed: Int = 0
}

extension Encode.Coding: ExpressibleByArgument {}

/// The options that say how a network becomes spiking; the same for every command.
struct NetworkOptions: ParsableArguments {
  @OptionGroup var model: ModelOptions

  @Option(help: ArgumentHelp("Inputs to choose scales from (.npz or .npy).", valueName: "data"))
  var calibrate: String?

  @OptionGroup var input: InputOptions

  @Option(
    help: ArgumentHelp(
      "Take options from a file, as tune writes it; those given here win.", valueName: "file"))
  var options: String?

  @Option(
    help: """
      best: scales and membranes fitted to the schedule and T. ecc: the ECC paper's, the maximum per layer. \
      lowest-energy: as best, with scales that cost fewer spikes. fewest-timesteps: as best, with up to four neurons \
      for an element where rounding costs most. The options below override a preset.
      """)
  var preset: Preset?

  @Option(
    help: """
      How scales follow from activations: mse (least squares for T), percentile, max, or none (for ablation).
      """)
  var normalize: Normalization?

  @Option(help: "The percentile of positive activations that is one spike per timestep.")
  var percentile: Double = 99.9

  @Option(
    help: """
      What scales by mse are multiplied by: above 1 for fewer spikes, less clipping; by default 1, or chosen on \
      calibration data where the pipelined schedule has few timesteps.
      """)
  var margin: Double?

  @Option(
    help: """
      For neurons that a spike sets to 0: what scales are multiplied by, so that rates are low and little charge is \
      lost; by default chosen on calibration data.
      """)
  var headroom: Double?

  @Flag(exclusivity: .chooseLast, help: "One scale per layer, or one per channel.")
  var granularity: Granularity?

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Fit starts and biases to the spikes that arrive; by default where scales are by mse.")
  var calibrateMembranes: Bool?

  @Option(
    help: ArgumentHelp(
      "Membranes start at this part of the threshold; 0 cuts residuals off.", valueName: "tau"))
  var thresholdResiduals: Double = 0.5

  @Option(help: "Batch-norm's epsilon: own, or ignored (for ablation).")
  var batchNormEpsilon: EpsilonChoice = .own

  @Option(
    help: ArgumentHelp(
      """
      Let several neurons send each element: off, auto (where rounding costs most), or names of layers separated by \
      commas.
      """, valueName: "layers"))
  var splitNeurons: String?

  @Option(help: "How many neurons send an element then, 2 to 127; by default 2.")
  var copies: Int?

  @Flag(help: "Make every average pooling a population, as the ECC paper does.")
  var spikingPool = false

  @Option(help: "Bits of a weight, sign included, 2 to 16.")
  var weightBits: Int = 8

  @Option(help: "integer (exact) or float (for comparison; evaluate and run only).")
  var precision: Precision = .integer

  @Option(help: "membrane: logits are accumulated currents; spikes: the last layer fires.")
  var readout: Readout = .membrane

  @Option(help: "What runs the network, with its own neuron: see spikec targets.")
  var target: String = "generic"

  @Flag(
    help: "Replace max-pooling by average pooling with a fitted gain; this changes the network.")
  var replaceMaxPool = false

  @Flag(
    help: """
      Fit and quantise for generic neurons and let the target's run them, as a plain export does (for ablation).
      """)
  var naiveExport = false

  @Option(
    help: ArgumentHelp(
      "Run these passes instead, as in \"canonicalize,fold-batch-norm{epsilon=own}\".",
      valueName: "list"))
  var passes: String?

  enum Preset: String, ExpressibleByArgument, CaseIterable {
    case best, ecc
    case lowestEnergy = "lowest-energy"
    case fewestTimesteps = "fewest-timesteps"
  }
  enum Normalization: String, ExpressibleByArgument, CaseIterable {
    case mse, percentile, max, none
  }
  enum Granularity: String, EnumerableFlag { case perLayer, perChannel }
  enum EpsilonChoice: String, ExpressibleByArgument, CaseIterable { case own, ignored }
  enum Precision: String, ExpressibleByArgument, CaseIterable { case integer, float }
  enum Readout: String, ExpressibleByArgument, CaseIterable { case membrane, spikes }

  mutating func validate() throws {
    guard (0...1).contains(thresholdResiduals) else {
      throw ValidationError("--threshold-residuals must be from 0 to 1")
    }
    guard (2...16).contains(weightBits) else {
      throw ValidationError("--weight-bits must be from 2 to 16")
    }
    guard copies.map({ (2...127).contains($0) }) ?? true else {
      throw ValidationError("--copies must be from 2 to 127")
    }
    guard margin.map({ (0.25...4).contains($0) }) ?? true else {
      throw ValidationError("--margin must be from 0.25 to 4")
    }
    guard headroom.map({ (1...16).contains($0) }) ?? true else {
      throw ValidationError("--headroom must be from 1 to 16")
    }
    guard (1...100).contains(percentile) else {
      throw ValidationError("--percentile must be from 1 to 100")
    }
    do {
      _ = try Target.named(target)
    } catch let diagnostic as Diagnostic {
      throw ValidationError("--target: \(diagnostic)")
    }
  }
}
