import SpikeExecution
import SpikeIR
import SpikePasses
import SpikeReport
import Synchronization

/// Evaluates one network under one or several sets of options.
struct EvaluationRun {
  let model: Network
  let coding: CodingOptions
  let execution: ExecutionOptions
  let evaluation: Evaluation
  let samples: Int
  /// The CNN's, in percent.
  let accuracy: Double
  /// The CNN's multiply-accumulates per input.
  let operations: Int
  let checkpoints: [Int]
  let schedules: [Schedule]
  let energy: EnergyModel

  /// What was found for each schedule and T.
  struct Findings {
    let points: [EvaluationPoint]
    fileprivate let executor: any SpikingExecutor
  }

  /// Runs the network for each schedule and T.
  func findings(_ options: NetworkOptions) throws -> Findings {
    let (points, executor) = try measure(options, "")
    return Findings(points: points, executor: executor)
  }

  /// Microjoules per input.
  func energy(of point: EvaluationPoint, _ findings: Findings) -> Double {
    energy.spiking(
      synaptic: point.synapticOperations, inputOperations: findings.executor.inputOperations)
  }

  /// Accuracy, spikes and energy for each schedule and T.
  func table(_ findings: Findings) -> Table {
    var table = Table(
      "evaluation",
      [
        .init("schedule", "schedule"), .init("timesteps", "T"),
        .init("accuracy", "accuracy %"), .init("loss", "loss"),
        .init("spikes", "spikes/input"), .init("synaptic_operations", "synaptic ops/input"),
        .init("energy_microjoules", "energy µJ"),
        .init("cnn_energy_microjoules", "CNN µJ"),
      ])
    for point in findings.points {
      table.add([
        .text(point.schedule.rawValue), .integer(point.timesteps),
        .number(point.accuracy, digits: 2), .number(accuracy - point.accuracy, digits: 2),
        .number(point.spikes, digits: 0), .number(point.synapticOperations, digits: 0),
        .number(energy(of: point, findings), digits: 2),
        .number(energy.analog(operations), digits: 2),
      ])
    }
    return table
  }

  /// The plot of accuracy and energy over T.
  func plot(_ findings: Findings, title: String) -> String {
    EvaluationPlot.draw(
      findings.points.map {
        .init(
          series: $0.schedule.rawValue, timesteps: $0.timesteps, accuracy: $0.accuracy,
          energy: energy(of: $0, findings))
      }, cnnAccuracy: accuracy, cnnEnergy: energy.analog(operations), title: title)
  }

  /// The spikes of each source for each schedule and T.
  func populationTable(_ findings: Findings) -> Table {
    var table = Table(
      "populations",
      [
        .init("schedule", "schedule"), .init("timesteps", "T"), .init("source", "source"),
        .init("kind", "kind"), .init("neurons", "neurons"), .init("spikes", "spikes/input"),
        .init("firing_rate", "rate"),
      ])
    for point in findings.points {
      for (source, spikes) in zip(findings.executor.sources, point.spikesBySource) {
        table.add([
          .text(point.schedule.rawValue), .integer(point.timesteps), .text(source.name),
          .text(source.kind.rawValue), .integer(source.neurons), .number(spikes, digits: 1),
          .number(spikes / Double(source.neurons * point.timesteps), digits: 4),
        ])
      }
    }
    return table
  }

  /// Accuracy with each of ECC's techniques switched off in turn.
  func ablation(_ options: NetworkOptions) throws -> Table {
    let variants: [(String, (inout NetworkOptions) -> Void)] = [
      ("all of ECC", { _ in }),
      ("without batch-norm consistency", { $0.batchNormEpsilon = .ignored }),
      ("without current normalisation", { $0.normalize = NetworkOptions.Normalization.none }),
      ("without residual elimination", { $0.thresholdResiduals = 0 }),
      (
        "without any",
        {
          $0.batchNormEpsilon = .ignored
          $0.normalize = NetworkOptions.Normalization.none
          $0.thresholdResiduals = 0
        }
      ),
    ]
    var columns: [Table.Column] = [.init("variant", "variant"), .init("schedule", "schedule")]
    columns += checkpoints.map { .init("accuracy_\($0)", "T=\($0)") }
    var table = Table("ablation", columns)
    for (name, change) in variants {
      var varied = options
      if options.preset == nil { varied.preset = .ecc }
      change(&varied)
      let (points, _) = try measure(varied, name)
      for schedule in schedules {
        let row = points.filter { $0.schedule == schedule }
        table.add(
          [.text(name), .text(schedule.rawValue)] + row.map { .number($0.accuracy, digits: 2) })
      }
    }
    return table
  }

  /// What is run of one compiled network.
  private struct Setting {
    /// What the network is compiled for.
    let target: (schedule: Schedule, timesteps: Int)
    /// What it is run for.
    let schedule: Schedule
    let checkpoints: [Int]
  }

  /// The network is compiled once for all settings, or for each that it is fitted to.
  private func settings(_ options: NetworkOptions) -> [Setting] {
    let parts =
      options.normalization == .mse || options.fitsMembranes
      ? checkpoints.map { [$0] } : [checkpoints]
    return schedules.flatMap { schedule in
      parts.map { part in
        Setting(
          target: (options.fitsMembranes ? schedule : schedules[0], part.max() ?? 1),
          schedule: schedule, checkpoints: part)
      }
    }
  }

  /// Compiles and runs the network for all settings. While the C of one is compiled, the passes of
  /// the next one run.
  private func measure(_ options: NetworkOptions, _ title: String) throws
    -> ([EvaluationPoint], any SpikingExecutor)
  {
    var points: [EvaluationPoint] = []
    var last: (executor: any SpikingExecutor, setting: Setting)?
    var waiting: (executor: any SpikingExecutor, setting: Setting)?
    func runWaiting() throws {
      guard let (executor, setting) = waiting else { return }
      points += try measure(executor, setting, title)
    }
    let settings = settings(options)
    let prepared =
      try settings.count > 1
      ? model.prepared(
        options, coding, settings[0].schedule, timesteps: settings[0].target.timesteps) : nil
    for setting in settings {
      var executor = last.flatMap { $0.setting.target == setting.target ? $0.executor : nil }
      if executor == nil {
        let (schedule, timesteps) = setting.target
        executor = try execution.executor(
          model.compiled(options, coding, schedule, timesteps: timesteps, from: prepared))
      }
      executor!.prepare(setting.schedule, checkpoints: setting.checkpoints, samples: samples)
      try runWaiting()
      last = (executor!, setting)
      waiting = last
    }
    try runWaiting()
    return (points, last!.executor)
  }

  private func measure(_ executor: any SpikingExecutor, _ setting: Setting, _ title: String) throws
    -> [EvaluationPoint]
  {
    let counter = ProgressCounter(
      "\(title.isEmpty ? "SNN" : title), \(setting.schedule.rawValue)", samples)
    return try evaluation.spiking(
      executor, setting.schedule, timesteps: setting.checkpoints, progress: counter.add)
  }
}

/// Adds up finished samples and shows their number.
final class ProgressCounter: Sendable {
  private let title: String
  private let total: Int
  private let done = Atomic<Int>(0)

  init(_ title: String, _ total: Int) {
    self.title = title
    self.total = total
  }

  @Sendable
  func add(_ count: Int) {
    Console.progress(title, done.wrappingAdd(count, ordering: .relaxed).newValue, total)
  }
}
