import SpikeExecution
import SpikeIR

/// What a spiking network reaches on labelled data at one T.
public struct EvaluationPoint: Sendable {
  /// The schedule.
  public let schedule: Schedule
  /// T.
  public let timesteps: Int
  /// The part of the samples whose largest logit is that of their label.
  public let correct: Int
  /// The samples.
  public let samples: Int
  /// Spikes of all populations per sample.
  public let spikes: Double
  /// Synaptic operations per sample.
  public let synapticOperations: Double
  /// Spikes per sample by source, in network order.
  public let spikesBySource: [Double]

  /// In percent.
  public var accuracy: Double { 100 * Double(correct) / Double(samples) }
}

/// Holds a CNN against the spiking network that was made of it.
public struct Evaluation: Sendable {
  private let source: any SampleSource
  private let labels: [Int]

  /// An evaluation on labelled samples.
  public init(_ source: any SampleSource, labels: [Int]) {
    self.source = source
    self.labels = labels
  }

  /// How many samples the CNN gets right.
  ///
  /// - Throws: a `Diagnostic` if the samples do not fit the network.
  public func analog(_ graph: Graph, progress: @escaping @Sendable (Int) -> Void) throws -> Int {
    let classes = graph[graph.outputs[0]].type.count
    try check(classes)
    let outputs = try AnalogExecutor(graph).run(source, progress: progress)[0]
    return labels.indices.count { sample in
      let row = outputs[sample * classes..<(sample + 1) * classes]
      return row.firstIndex(of: row.max()!)! - row.startIndex == labels[sample]
    }
  }

  /// What the spiking network reaches at each T.
  ///
  /// - Throws: a `Diagnostic` if the samples do not fit the network.
  public func spiking(
    _ executor: any SpikingExecutor, _ schedule: Schedule, timesteps: [Int],
    progress: @escaping @Sendable (Int) -> Void
  ) throws -> [EvaluationPoint] {
    let results = try executor.run(source, schedule, checkpoints: timesteps, progress: progress)
    return timesteps.indices.map { i in
      point(results.map { $0[i] }, executor, schedule, timesteps[i])
    }
  }

  private func point(
    _ results: [SpikingResult], _ executor: any SpikingExecutor, _ schedule: Schedule,
    _ timesteps: Int
  ) -> EvaluationPoint {
    let correct = results.indices.count { sample in
      let row = results[sample].outputs[0]
      return row.firstIndex(of: row.max()!)! == labels[sample]
    }
    let count = Double(results.count)
    let bySource = executor.sources.indices.map { i in
      Double(results.reduce(0) { $0 + $1.spikes[i] }) / count
    }
    let populations = executor.sources.indices.filter {
      executor.sources[$0].kind == .population
    }
    let operations = results.reduce(0) { $0 + $1.synapticOperations.reduce(0, +) }
    return EvaluationPoint(
      schedule: schedule, timesteps: timesteps, correct: correct, samples: results.count,
      spikes: populations.reduce(0) { $0 + bySource[$1] },
      synapticOperations: Double(operations) / count, spikesBySource: bySource)
  }

  private func check(_ classes: Int) throws {
    guard let largest = labels.max(), let smallest = labels.min(), smallest >= 0 else { return }
    guard largest < max(classes, 2) else {
      throw Diagnostic("the labels go up to \(largest), the network has \(classes) outputs")
    }
  }
}
