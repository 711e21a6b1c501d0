import SpikeExecution
import SpikeIR
import Synchronization

/// Runs a network in the fastest way that there is: as compiled C, or by the interpreter where that
/// would take less time than compiling, where the network is not made of integers, or where there
/// is no C compiler.
public final class FastestExecutor: SpikingExecutor {
  private let interpreter: SpikingInterpreter
  private let compiled: Result<CompiledExecutor, Diagnostic>
  private let note: @Sendable (Diagnostic) -> Void

  /// Synapses times timesteps times samples from which on compiling is worth while.
  private let leastWork: Double

  public var sources: [SpikeSource] { interpreter.sources }
  public var inputOperations: Int { interpreter.inputOperations }

  /// Prepares to run `graph`.
  ///
  /// - Parameter note: is told why a network is interpreted although it is worth compiling.
  /// - Throws: a `Diagnostic` for a graph of the analog stage, several inputs, or one that is too
  ///   large.
  public convenience init(
    _ graph: Graph, note: @escaping @Sendable (Diagnostic) -> Void = { _ in }
  ) throws {
    // The interpreter takes about half a nanosecond for each synapse and timestep, a C compiler
    // a second or two for each network.
    try self.init(graph, leastWork: 4e9, compiler: .find(), note: note)
  }

  init(
    _ graph: Graph, leastWork: Double, compiler: CCompiler?,
    note: @escaping @Sendable (Diagnostic) -> Void
  ) throws {
    let interpreter = try SpikingInterpreter(graph)
    self.interpreter = interpreter
    self.leastWork = leastWork
    self.note = note
    compiled = Result {
      try CompiledExecutor(graph, reference: interpreter, compiler: compiler)
    }
    .mapError { $0 as? Diagnostic ?? Diagnostic("\($0)") }
  }

  public func prepare(_ schedule: Schedule, checkpoints: [Int], samples: Int) {
    guard isWorthCompiling(schedule, checkpoints, samples) else { return }
    try? compiled.get().prepare(schedule, checkpoints: checkpoints, samples: samples)
  }

  public func run(
    _ source: any SampleSource, _ schedule: Schedule, checkpoints: [Int],
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> [[SpikingResult]] {
    try executor(source, schedule, checkpoints)
      .run(source, schedule, checkpoints: checkpoints, progress: progress)
  }

  public func watch<Value: Sendable>(
    _ source: any SampleSource, _ schedule: Schedule, timesteps: Int,
    _ body: @Sendable (WatchedSample) throws -> Value
  ) throws -> [Value] {
    try executor(source, schedule, [timesteps])
      .watch(source, schedule, timesteps: timesteps, body)
  }

  /// What is fastest for a run, ready for it.
  private func executor(_ source: any SampleSource, _ schedule: Schedule, _ checkpoints: [Int])
    throws -> any SpikingExecutor
  {
    try interpreter.check(source, checkpoints)
    guard isWorthCompiling(schedule, checkpoints, source.count) else { return interpreter }
    do {
      let executor = try compiled.get()
      try executor.build(schedule, checkpoints: checkpoints, samples: source.count)
      return executor
    } catch let reason as Diagnostic {
      var notice = reason
      notice.message = "the network is interpreted, which takes longer: \(reason.message)"
      note(notice)
      return interpreter
    }
  }

  private func isWorthCompiling(_ schedule: Schedule, _ checkpoints: [Int], _ samples: Int) -> Bool
  {
    interpreter.work(schedule, checkpoints.max() ?? 1, samples) > leastWork
  }
}

extension SpikingInterpreter {
  /// Synapses times timesteps times samples of a run; layerwise it has no loop over time.
  func work(_ schedule: Schedule, _ timesteps: Int, _ samples: Int) -> Double {
    Double(samples * (schedule == .layerwise ? 1 : timesteps)) * Double(synapses)
  }
}
