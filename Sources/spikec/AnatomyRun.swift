import SpikeExecution
import SpikeIR
import SpikePasses
import SpikeReport

/// Keeps a network as it was on its way through the passes, for its error anatomy.
final class StageKeeper: PassObserver {
  private var mapped: Graph?
  private var fitted: Graph?

  func willStart(_ graph: Graph) {}

  func willRun(_ run: PassRun, index: Int, _ graph: Graph) {
    if run.pass.establishes.contains(.quantized) { fitted = graph }
  }

  func didRun(_ run: PassRun, index: Int, before: Graph, after: Graph, took: Duration) {
    if ["lower-to-spiking", "threshold-residuals"].contains(run.pass.name) { mapped = after }
  }

  /// The stages of what came out of the passes.
  ///
  /// - Throws: a `Diagnostic` if there was no CNN at the beginning.
  func stages(_ final: Graph) throws -> ConversionStages {
    guard let mapped else {
      throw Diagnostic(
        "error anatomy needs the passes that make a CNN spiking",
        notes: ["give the trained model, or leave out --passes"])
    }
    return ConversionStages(mapped: mapped, fitted: fitted ?? final, final: final)
  }
}

extension EvaluationRun {
  /// More samples than this change the tables little.
  private static let mostAnatomySamples = 256

  /// What each layer gets wrong, for each schedule and T.
  func anatomies(_ options: NetworkOptions, _ source: DatasetSamples, labels: [Int]) throws
    -> [ErrorAnatomy]
  {
    let samples = source.prefix(Self.mostAnatomySamples)
    let prepared = try model.prepared(options, coding, schedules[0], timesteps: checkpoints[0])
    return try schedules.flatMap { schedule in
      try checkpoints.map { timesteps in
        let keeper = StageKeeper()
        let graph = try model.compiled(
          options, coding, schedule, timesteps: timesteps, from: prepared, observers: [keeper])
        let counter = ProgressCounter("layers, \(schedule.rawValue)", samples.count)
        return try ErrorAnatomy.measure(
          keeper.stages(graph), execution.executor(graph), samples, labels: labels, schedule,
          timesteps: timesteps, progress: counter.add)
      }
    }
  }
}
