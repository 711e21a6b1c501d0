import Foundation
import SpikeExecution
import SpikeIR
import Synchronization

/// Runs a quantised network as the C that is emitted for it, compiled for this machine.
///
/// Each schedule, and layerwise each number of timesteps, is compiled when it is prepared or
/// first run, and kept. Results are those of `SpikingInterpreter`.
public final class CompiledExecutor: SpikingExecutor {
  private struct Setting: Hashable {
    let schedule: Schedule
    let timesteps: Int
  }

  private let graph: Graph
  private let reference: SpikingInterpreter
  private let compiler: CCompiler
  private let builds = Mutex<[Setting: LibraryBuild]>([:])

  public var sources: [SpikeSource] { reference.sources }
  public var inputOperations: Int { reference.inputOperations }

  /// Prepares to compile `graph`.
  ///
  /// - Throws: a `Diagnostic` for a graph that is not made of integers or has an output that C
  ///   cannot give, and where there is no C compiler.
  public convenience init(_ graph: Graph) throws {
    try self.init(graph, reference: SpikingInterpreter(graph), compiler: .find())
  }

  init(_ graph: Graph, reference: SpikingInterpreter, compiler: CCompiler?) throws {
    guard let compiler else {
      throw Diagnostic("there is no C compiler (cc) on this machine")
    }
    try CTarget.check(graph, timesteps: 1)
    self.graph = graph
    self.reference = reference
    self.compiler = compiler
  }

  public func prepare(_ schedule: Schedule, checkpoints: [Int], samples: Int) {
    guard reference.refusal(of: checkpoints) == nil else { return }
    for setting in CompiledExecutor.settings(schedule, checkpoints) { _ = build(setting, samples) }
  }

  /// Compiles what is not yet compiled for a run.
  ///
  /// - Throws: a `Diagnostic` if that fails.
  func build(_ schedule: Schedule, checkpoints: [Int], samples: Int) throws {
    let builds = CompiledExecutor.settings(schedule, checkpoints).map { build($0, samples) }
    for build in builds { _ = try build.library() }
  }

  /// What has to be compiled: layerwise networks run for exactly the timesteps they are made for.
  private static func settings(_ schedule: Schedule, _ checkpoints: [Int]) -> [Setting] {
    switch schedule {
    case .layerwise:
      Set(checkpoints).sorted().map { Setting(schedule: schedule, timesteps: $0) }
    case .pipelined: [Setting(schedule: schedule, timesteps: checkpoints.max() ?? 1)]
    }
  }

  /// The library of a setting, in the making, for a run of so many samples at first.
  private func build(_ setting: Setting, _ samples: Int) -> LibraryBuild {
    builds.withLock { builds in
      if let build = builds[setting] { return build }
      let build = LibraryBuild(
        graph, setting.schedule, timesteps: setting.timesteps, by: compiler,
        CCompiler.Effort(work: reference.work(setting.schedule, setting.timesteps, samples)))
      builds[setting] = build
      return build
    }
  }

  public func run(
    _ source: any SampleSource, _ schedule: Schedule, checkpoints: [Int],
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> [[SpikingResult]] {
    try reference.check(source, checkpoints)
    let ascending = Set(checkpoints).sorted()
    let parts = try CompiledExecutor.settings(schedule, checkpoints).map {
      try network($0, source.count, schedule == .layerwise ? [$0.timesteps] : ascending)
    }
    let order = checkpoints.map { ascending.firstIndex(of: $0)! }
    return Parallel.map(count: source.count, chunkSize: 16) { range in
      let samples = source.read(range)
      let results = parts.map { $0.run(samples, numbers: range) }
      progress(range.count)
      return range.indices.map { position in
        let all = results.flatMap { $0[position - range.lowerBound] }
        return order.map { all[$0] }
      }
    }.flatMap { $0 }
  }

  public func watch<Value: Sendable>(
    _ source: any SampleSource, _ schedule: Schedule, timesteps: Int,
    _ body: @Sendable (WatchedSample) throws -> Value
  ) throws -> [Value] {
    try reference.check(source, [timesteps])
    let setting = Setting(schedule: schedule, timesteps: timesteps)
    let network = try network(setting, source.count, [timesteps])
    return try Parallel.map(count: source.count, chunkSize: 1) { range in
      try body(network.watch(source.read(range), number: range.lowerBound))
    }
  }

  /// The library of a setting, which runs samples to each of the checkpoints.
  private func network(_ setting: Setting, _ samples: Int, _ checkpoints: [Int]) throws
    -> CompiledNetwork
  {
    CompiledNetwork(
      library: try build(setting, samples).library(),
      outputs: graph.outputs.map { graph[$0].type.count },
      sources: sources.map(\.neurons), checkpoints: checkpoints)
  }
}
