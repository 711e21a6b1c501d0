import SpikeExecution
import SpikeIR
import SpikePasses
import SpikeTargets

extension NetworkOptions {
  /// Whether the scales for neurons that a spike sets to 0 are to be chosen.
  var choosesHeadroom: Bool {
    get throws {
      try headroom == nil && passes == nil && !naiveExport && fitsMembranes
        && normalization != Normalization.none
        && Target.named(target).neuron.reset == .zero
    }
  }
}

/// Looks for the scales with which a network of neurons that a spike sets to 0 comes nearest to
/// its CNN.
///
/// Low rates lose little charge, and high rates need few timesteps for a fine scale: which counts
/// for more depends on the network and on T. So the network is fitted for several scales, and the one
/// is taken whose logits follow the CNN's best, on calibration samples other than those it
/// was fitted to where there are enough.
struct HeadroomSearch {
  private let options: NetworkOptions
  private let coding: CodingOptions
  private let timesteps: Int
  private let prepared: Network.Prepared
  /// What scales are multiplied by, and where the search starts.
  private static let ladder = [1, 1.5, 2, 3, 4, 6]
  private static let first = 1

  /// A network fitted for one scale.
  private struct Trial {
    var options: NetworkOptions
    var fitted: Network.Prepared
    /// What part of the CNN's logits is not a multiple of the spiking network's, 0 to 1.
    var error: Double
  }

  /// - Parameter prepared: the network as it comes to the choice of scales.
  init(
    _ options: NetworkOptions, _ coding: CodingOptions, timesteps: Int,
    _ prepared: Network.Prepared
  ) {
    (self.options, self.coding, self.timesteps) = (options, coding, timesteps)
    self.prepared = prepared
  }

  /// The options with the headroom that is best, and what was fitted by them.
  func best() throws -> (options: NetworkOptions, prepared: Network.Prepared) {
    let ladder = HeadroomSearch.ladder
    var best = try trial(ladder[HeadroomSearch.first])
    for direction in [1, -1] {
      var (place, improves) = (HeadroomSearch.first + direction, true)
      let start = best.error
      while improves, ladder.indices.contains(place) {
        let next = try trial(ladder[place])
        improves = next.error < best.error
        if improves { best = next }
        place += direction
      }
      if best.error < start { break }
    }
    return (best.options, best.fitted)
  }

  private func trial(_ headroom: Double) throws -> Trial {
    var varied = options
    varied.headroom = headroom
    var graph = prepared.graph
    let pipeline = try varied.pipeline(.pipelined, timesteps: timesteps, coding)
    let rest = try pipeline.remaining(for: graph)
    let last = "calibrate-membranes"
    try PassManager(rest, on: graph.facts, stopAfter: "threshold-residuals").run(
      &graph, calibration: prepared.calibration)
    let cnn = try graph.rateNetwork()
    try PassManager(rest.remaining(for: graph), on: graph.facts, stopAfter: last).run(
      &graph, calibration: prepared.calibration)
    let end = pipeline.runs.firstIndex { $0.pass.name == last }!
    return Trial(
      options: varied,
      fitted: Network.Prepared(
        graph: graph, calibration: prepared.calibration,
        passes: pipeline.runs[...end].map(\.text)), error: try error(graph, cnn))
  }

  /// 1 less the squared correlation of the logits with the CNN's, over all samples and classes: a
  /// common factor changes no class.
  private func error(_ graph: Graph, _ cnn: Graph) throws -> Double {
    let source = prepared.calibration.source
    let count = min(max(32, 2048 / timesteps), source.count)
    let range = source.count - count..<source.count
    let values = source.read(range)
    let expected = try AnalogExecutor(cnn).run(values, count: count)
    let found = try SpikingInterpreter(graph).run(
      FloatSamples(values, count: count), .pipelined, checkpoints: [timesteps])
    var (products, squares, targets) = (0.0, 0.0, 0.0)
    for (sample, results) in found.enumerated() {
      for (output, logits) in results[0].outputs.enumerated() {
        let start = sample * logits.count
        let wanted = expected[output][start..<start + logits.count].map { Double($0) }
        for (logit, target) in zip(centred(logits), centred(wanted)) {
          products += logit * target
          squares += logit * logit
          targets += target * target
        }
      }
    }
    let power = squares * targets
    return power > 0 ? 1 - products * abs(products) / power : 2
  }

  /// Logits without their mean, which changes no class.
  private func centred(_ logits: [Double]) -> [Double] {
    if logits.count == 1 { return logits }
    let mean = logits.reduce(0, +) / Double(logits.count)
    return logits.map { $0 - mean }
  }
}
