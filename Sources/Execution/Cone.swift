import SpikeIR

/// The linear part of a network that leads from some values to one node: convolutions, sums,
/// poolings and changes of layout, run in 32-bit floats for many samples or timesteps at once.
struct Cone: Sendable {
  /// The values that it starts from.
  let sources: [NodeID]
  private let result: NodeID
  private let steps: [AnalogStep]
  /// Those of all steps.
  private let constants: [Tensor]

  /// The cone that ends in `node` and starts at `anchors`.
  ///
  /// - Parameter evaluates: whether it will be run; if not, only its sources are found.
  /// - Throws: a `Diagnostic` if an operation of the spiking stage lies between them.
  init(of node: NodeID, in graph: Graph, from anchors: Set<NodeID>, evaluates: Bool = true) throws {
    var needed: Set<NodeID> = [node]
    var sources: Set<NodeID> = []
    for id in graph.order.reversed() where needed.contains(id) {
      if anchors.contains(id) {
        sources.insert(id)
      } else {
        needed.formUnion(graph[id].operands)
      }
    }
    let inner = evaluates ? graph.order.filter { needed.contains($0) && !sources.contains($0) } : []
    steps = try inner.compactMap { id in
      guard let kernel = try AnalogKernel(graph[id], graph) else { return nil }
      return AnalogStep(node: id, operands: graph[id].operands, kernel: kernel, lastUses: [])
    }
    constants = inner.flatMap { id in
      graph[id].operation.constants.map { graph.constants[$0.id] }
    }
    self.sources = graph.order.filter(sources.contains)
    result = node
  }

  /// Whether both, cones of the same node, give the same from the same values.
  func hasConstants(of other: Cone) -> Bool { constants == other.constants }

  /// The node's values for `count` samples, from as many of each source.
  func run(_ values: [NodeID: [Float]], count: Int) -> [Float] {
    var values = values
    for step in steps {
      values[step.node] = step.kernel.run(step.operands.map { values[$0]! }, count: count)
    }
    return values[result]!
  }
}
