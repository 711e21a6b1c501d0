import SpikeIR

/// Runs a graph of the analog stage, in 32-bit floats: the CNN as it was trained.
///
/// Convolutions are matrix products over unrolled windows (im2col) by OpenBLAS.
public struct AnalogExecutor: Sendable {
  /// Sees the value of a node for some samples: the node, the values, the number of samples.
  public typealias Observer = (NodeID, UnsafeBufferPointer<Float>, Int) -> Void

  private let graph: Graph
  private let input: NodeID
  private let steps: [AnalogStep]
  /// How many samples are worked on at once at most: as many as keep a layer within the cache.
  private let mostAtOnce: Int

  /// Prepares to run `graph`, which has one input and no spiking operation.
  ///
  /// - Throws: a `Diagnostic` for several inputs, a graph of the spiking stage, or one that is too large.
  public init(_ graph: Graph) throws {
    input = try graph.runnableInput()
    self.graph = graph
    steps = try AnalogStep.plan(graph)
    let largest = graph.nodes.map(\.type.count).max() ?? 1
    mostAtOnce = max(1, min(64, (1 << 19) / max(largest, 1)))
  }

  /// The number of elements of one input sample.
  public var inputCount: Int { graph[input].type.count }

  /// Gives the values of the graph's outputs, each `[count × elements]`, for `count` samples.
  public func run(_ samples: [Float], count: Int) throws -> [[Float]] {
    try run(FloatSamples(samples, count: count))
  }

  /// Gives the values of the graph's outputs for all samples of a source, on all cores.
  ///
  /// - Throws: a `Diagnostic` if the samples have another number of elements than the input.
  public func run(
    _ source: some SampleSource, progress: @escaping @Sendable (Int) -> Void = { _ in }
  )
    throws -> [[Float]]
  {
    let parts = try map(source) { chunk, count in
      defer { progress(count) }
      return execute(chunk, count: count, observe: nil)
    }
    return graph.outputs.indices.map { output in parts.flatMap { $0[output] } }
  }

  /// Runs all samples of a source in chunks on all cores; gives what `body` makes of each chunk.
  func map<Result: Sendable>(
    _ source: some SampleSource, _ body: @Sendable ([Float], Int) throws -> Result
  ) throws -> [Result] {
    guard source.elementCount == inputCount else {
      throw Diagnostic(
        "a sample has \(source.elementCount) elements, the network takes \(graph[input].type)")
    }
    // Few samples are shared out too; not by the number of cores, as sums may be rounded otherwise
    // in a product of other size.
    let quarter = (source.count + 3) / 4
    return try Parallel.map(count: source.count, chunkSize: min(quarter, mostAtOnce)) { range in
      try body(source.read(range), range.count)
    }
  }

  /// Runs one chunk on this thread and gives the outputs.
  func execute(_ samples: [Float], count: Int, observe: Observer?) -> [[Float]] {
    var values: [NodeID: [Float]] = [input: samples]
    if let observe { samples.withUnsafeBufferPointer { observe(input, $0, count) } }
    for step in steps {
      let operands = step.operands.map { values[$0]! }
      let result = step.kernel.run(operands, count: count)
      if let observe { result.withUnsafeBufferPointer { observe(step.node, $0, count) } }
      values[step.node] = result
      for id in step.lastUses { values[id] = nil }
    }
    return graph.outputs.map { values[$0]! }
  }
}

/// One node in the order of execution: its kernel, and the values that nothing needs after it.
struct AnalogStep: Sendable {
  let node: NodeID
  let operands: [NodeID]
  let kernel: AnalogKernel
  let lastUses: [NodeID]

  static func plan(_ graph: Graph) throws -> [AnalogStep] {
    var lastUser: [NodeID: NodeID] = [:]
    for node in graph.nodes {
      for operand in node.operands { lastUser[operand] = node.id }
    }
    for output in graph.outputs { lastUser[output] = nil }
    var released: [NodeID: [NodeID]] = [:]
    for (operand, user) in lastUser { released[user, default: []].append(operand) }
    return try graph.nodes.compactMap { node in
      guard let kernel = try AnalogKernel(node, graph) else { return nil }
      return AnalogStep(
        node: node.id, operands: node.operands, kernel: kernel,
        lastUses: released[node.id] ?? [])
    }
  }
}
