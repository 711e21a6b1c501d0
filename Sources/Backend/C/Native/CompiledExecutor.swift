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
    for setting in CompiledExecutor.settings(schedule, checkpoints) { _ = build(setting) }
  }

  /// What has to be compiled: layerwise networks run for exactly the timesteps they are made for.
  private static func settings(_ schedule: Schedule, _ checkpoints: [Int]) -> [Setting] {
    switch schedule {
    case .layerwise:
      Set(checkpoints).sorted().map { Setting(schedule: schedule, timesteps: $0) }
    case .pipelined: [Setting(schedule: schedule, timesteps: checkpoints.max() ?? 1)]
    }
  }

  private func build(_ setting: Setting) -> LibraryBuild {
    builds.withLock { builds in
      if let build = builds[setting] { return build }
      let build = LibraryBuild(
        graph, setting.schedule, timesteps: setting.timesteps, by: compiler)
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
    // Libraries, each with the checkpoints that it runs to.
    let parts = try CompiledExecutor.settings(schedule, checkpoints).map { setting in
      let own = schedule == .layerwise ? [setting.timesteps] : ascending
      return CompiledNetwork(
        library: try build(setting).library(), outputs: graph.outputs.map { graph[$0].type.count },
        sources: sources.count, checkpoints: own)
    }
    let order = checkpoints.map { ascending.firstIndex(of: $0)! }
    return try Parallel.map(count: source.count, chunkSize: 16) { range in
      let samples = source.read(range)
      let results = parts.map { $0.run(samples, numbers: range) }
      progress(range.count)
      return range.indices.map { position in
        let all = results.flatMap { $0[position - range.lowerBound] }
        return order.map { all[$0] }
      }
    }.flatMap { $0 }
  }
}

/// A loaded library with what is needed to read its results.
private struct CompiledNetwork: Sendable {
  let library: SharedLibrary
  /// The number of elements of each output.
  let outputs: [Int]
  let sources: Int
  /// Ascending.
  let checkpoints: [Int]

  /// Runs samples that lie one after the other; gives, per sample, one result per checkpoint.
  func run(_ samples: [Float], numbers: Range<Int>) -> [[SpikingResult]] {
    let steps = checkpoints.map(Int32.init)
    let width = outputs.reduce(0, +)
    let length = samples.count / numbers.count
    var logits = [Double](repeating: 0, count: width * steps.count)
    var spikes = [UInt64](repeating: 0, count: sources * steps.count)
    var operations = spikes
    return library.withState { state in
      samples.withUnsafeBufferPointer { samples in
        numbers.map { number in
          library.run(
            state, UInt64(number), samples.baseAddress! + (number - numbers.lowerBound) * length,
            steps, Int32(steps.count), &logits, &spikes, &operations)
          return results(logits, spikes, operations)
        }
      }
    }
  }

  private func results(_ logits: [Double], _ spikes: [UInt64], _ operations: [UInt64])
    -> [SpikingResult]
  {
    let width = outputs.reduce(0, +)
    return checkpoints.enumerated().map { index, timesteps in
      var start = index * width
      let values = outputs.map { count in
        defer { start += count }
        return Array(logits[start..<start + count])
      }
      func counts(_ numbers: [UInt64]) -> [Int] {
        numbers[index * sources..<(index + 1) * sources].map { Int(truncatingIfNeeded: $0) }
      }
      return SpikingResult(
        timesteps: timesteps, outputs: values, spikes: counts(spikes),
        synapticOperations: counts(operations))
    }
  }
}
