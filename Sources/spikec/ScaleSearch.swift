import SpikeBackend
import SpikeExecution
import SpikeIR
import SpikePasses

/// Looks for the scales with which a spiking network comes nearest to its CNN.
///
/// What is best for each population alone is not always best for the network. A neuron that a
/// spike sets to 0 loses little charge at low rates, and high rates need few timesteps for a fine
/// scale. Where populations fire while they still receive, neurons that all have one activation,
/// as on an image's empty background, are all wrong at once, and a slightly larger scale may put
/// them right. So the network is compiled with several scales, and the one is taken whose logits
/// follow the CNN's best on calibration samples: the last, because fitting begins with the first.
struct ScaleSearch {
  private let coding: CodingOptions
  private let schedule: Schedule
  private let timesteps: Int
  private let prepared: Network.Prepared
  private let choices: ScaleChoices

  /// How many synapses times timesteps times samples each choice is worth, and how many samples it
  /// is worth in any case.
  private static let (work, leastSamples) = (2e11, 64)

  /// A network compiled by one choice.
  private struct Trial {
    let options: NetworkOptions
    let compiled: Network.Prepared
    let executor: FastestExecutor
  }

  /// - Parameter prepared: the network as it comes to the choice of scales.
  init(
    _ choices: ScaleChoices, _ coding: CodingOptions, _ schedule: Schedule, timesteps: Int,
    _ prepared: Network.Prepared
  ) {
    self.choices = choices
    (self.coding, self.schedule, self.timesteps) = (coding, schedule, timesteps)
    self.prepared = prepared
  }

  /// The options that are best, and what was compiled by them.
  func best() throws -> (options: NetworkOptions, prepared: Network.Prepared) {
    var expected: Expected?
    func trial(_ options: NetworkOptions) throws -> Trial { try self.trial(options, &expected) }
    func error(_ trial: Trial) throws -> Double { try self.error(trial, expected!) }
    var best = try trial(choices.scales[0])
    var least: Double?
    var failures = 0
    // The first choice is run when there is a second: till then its C is compiled.
    func compare(_ next: Trial) throws {
      let (old, new) = (try least ?? error(best), try error(next))
      least = old
      failures += 1
      if new < old { (best, least, failures) = (next, new, 0) }
    }
    for options in choices.scales.dropFirst() where failures < choices.patience {
      try compare(trial(options))
    }
    if let alternative = choices.alternative { try compare(trial(alternative)) }
    return (best.options, best.compiled)
  }

  /// The samples that choices are compared on, and the CNN's logits: the same for all of them.
  private struct Expected {
    let samples: FloatSamples
    let logits: [[Float]]

    /// - Parameter graph: the spiking network before anything is fitted.
    init(_ graph: Graph, _ search: ScaleSearch) throws {
      let synapses = try SpikingInterpreter(graph).synapses
      let affordable = Int(ScaleSearch.work / Double(search.timesteps * max(synapses, 1)))
      let source = search.prepared.calibration.source
      let count = min(max(ScaleSearch.leastSamples, affordable), source.count)
      let values = source.read(source.count - count..<source.count)
      samples = FloatSamples(values, count: count)
      logits = try AnalogExecutor(graph.rateNetwork()).run(values, count: count)
    }
  }

  private func trial(_ options: NetworkOptions, _ expected: inout Expected?) throws -> Trial {
    var graph = prepared.graph
    let pipeline = try options.pipeline(schedule, timesteps: timesteps, coding)
    func run(stopAfter: String? = nil) throws {
      try PassManager(pipeline.remaining(for: graph), on: graph.facts, stopAfter: stopAfter)
        .run(&graph, calibration: prepared.calibration)
    }
    try run(stopAfter: "lower-to-spiking")
    if expected == nil { expected = try Expected(graph, self) }
    try run()
    let compiled = Network.Prepared(
      graph: graph, calibration: prepared.calibration, passes: pipeline.runs.map(\.text))
    let executor = try FastestExecutor(graph)
    executor.prepare(schedule, checkpoints: [timesteps], samples: expected!.samples.count)
    return Trial(options: options, compiled: compiled, executor: executor)
  }

  /// How far the network's logits are from the CNN's.
  private func error(_ trial: Trial, _ expected: Expected) throws -> Double {
    let found = try trial.executor.run(expected.samples, schedule, checkpoints: [timesteps])
    var comparison = LogitComparison()
    for (sample, results) in found.enumerated() {
      for (output, logits) in results[0].outputs.enumerated() {
        let range = sample * logits.count..<(sample + 1) * logits.count
        comparison.add(logits, expected: expected.logits[output][range].map { Double($0) })
      }
    }
    return comparison.error
  }
}
