import SpikeIR

/// By what each synapse's weights are multiplied so that the population behind it has threshold 1,
/// and which synapse gets the population's bias.
struct NIRCurrents {
  /// One number, or one per output channel, for each synapse.
  private(set) var factors: [NodeID: [Double]] = [:]
  /// The bias currents per output channel, for the synapses that carry them.
  private(set) var biases: [NodeID: [Double]] = [:]
  private(set) var found: [Diagnostic] = []

  init(_ graph: Graph) {
    for node in graph.nodes {
      switch node.operation {
      case .fire(let fire):
        let theta = graph.constants[fire.threshold].floats.map { Double($0) }
        let unit = Double(1 << fire.fractionBits)
        drive(node, graph, theta.map { unit / $0 })
        give(fire.bias, node, graph) { $0 / theta[$1 % theta.count] }
      case .readOut(let readOut):
        drive(node, graph, [1])
        give(readOut.bias, node, graph) { value, _ in value / Double(1 << readOut.fractionBits) }
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
        .decode:
        break
      }
    }
  }

  /// Notes a population's factor at all synapses in front of it.
  private mutating func drive(_ node: Node, _ graph: Graph, _ factor: [Double]) {
    let isUniform = Set(factor).count == 1
    var waiting = [node.operands[0]]
    while let id = waiting.popLast() {
      let source = graph[id]
      switch source.operation {
      case .conv2d, .dense, .diagonal:
        factors[id] = isUniform ? [factor[0]] : factor
      case .reshape, .transpose:
        if !isUniform { refuse(node, "thresholds that differ behind a change of layout") }
        waiting += source.operands
      case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
        .add, .concat, .pad, .encode, .fire, .readOut, .decode:
        waiting += source.operands
      }
    }
  }

  private mutating func refuse(_ node: Node, _ what: String) {
    found.append(
      Diagnostic("NIR cannot hold \(what)", origin: node.origin, notes: ["use --per-layer"]))
  }

  /// Puts a bias onto the first synapse whose currents reach the population as they are.
  private mutating func give(
    _ bias: ConstantID?, _ node: Node, _ graph: Graph, _ scaled: (Double, Int) -> Double
  ) {
    guard let bias else { return }
    let values = graph.constants[bias].integers.map { Double($0) }
    if values.allSatisfy({ $0 == 0 }) { return }
    guard let synapse = NIRCurrents.firstSynapse(node.operands[0], graph) else {
      return refuse(node, "a bias behind a pooling or a change of layout of currents")
    }
    let channels = node.type.channels
    var full: [Double] = []
    for i in 0..<max(values.count, channels) { full.append(scaled(values[i % values.count], i)) }
    let first = Array(full.prefix(channels))
    guard full.indices.allSatisfy({ full[$0] == first[$0 % channels] }) else {
      return refuse(node, "a bias that differs within a channel")
    }
    biases[synapse] = first
  }

  private static func firstSynapse(_ id: NodeID, _ graph: Graph) -> NodeID? {
    switch graph[id].operation {
    case .conv2d, .dense, .diagonal: id
    case .add: graph[id].operands.lazy.compactMap { firstSynapse($0, graph) }.first
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
      .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      nil
    }
  }
}
