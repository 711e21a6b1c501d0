import SpikeIR

/// Moves the biases of the synapses in front of a population into one bias current.
enum BiasCollector {
  /// Whether a value is a current: a synapse's, or structure over currents.
  static func isCurrent(_ id: NodeID, _ graph: Graph) -> Bool {
    let node = graph[id]
    switch node.operation {
    case .conv2d, .dense, .diagonal, .add: return true
    case .averagePool, .sumPool, .pad, .reshape, .transpose, .concat:
      return node.operands.allSatisfy { isCurrent($0, graph) }
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .maxPool, .encode, .fire, .readOut,
      .decode:
      return false
    }
  }

  /// Removes the biases from the synapses that give the current `id`; gives what they add to it.
  ///
  /// - Throws: a `Diagnostic` where a bias goes through padding, which makes it uneven.
  static func take(_ id: NodeID, _ graph: inout Graph) throws -> Scale {
    let node = graph[id]
    switch node.operation {
    case .conv2d, .dense, .diagonal:
      guard var synapse = node.operation.synapse, let bias = synapse.bias else {
        return Scale([0])
      }
      synapse.bias = nil
      graph[id].operation = synapse.operation
      return Scale(graph.constants[bias].floats)
    case .add:
      var sum = Scale([0])
      for operand in node.operands { sum = sum.added(try take(operand, &graph), node.type) }
      return sum
    case .sumPool(let pool):
      let inner = try take(node.operands[0], &graph)
      try check(inner, isEven: pool.window.padding == [0, 0, 0, 0], node)
      return Scale(inner.values.map { $0 * Float(pool.window.area) })
    case .pad:
      let inner = try take(node.operands[0], &graph)
      try check(inner, isEven: false, node)
      return inner
    case .reshape, .transpose, .concat:
      let inner = try node.operands.map { try take($0, &graph) }
      return node.operation.carry(inner, node.type, graph.operandTypes(of: id))
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .maxPool, .encode,
      .fire, .readOut, .decode:
      preconditionFailure("\(node.name) is no current")
    }
  }

  private static func check(_ bias: Scale, isEven: Bool, _ node: Node) throws {
    guard isEven || bias.values.allSatisfy({ $0 == 0 }) else {
      throw Diagnostic(
        "a bias goes through padding behind a linear layer, which has no spiking form",
        origin: node.origin, notes: ["put a ReLU between them"])
    }
  }
}

extension Scale {
  /// The elementwise sum for a value of `type`.
  func added(_ other: Scale, _ type: TensorType) -> Scale {
    if values.count == other.values.count {
      return Scale(zip(values, other.values).map { $0 + $1 })
    }
    return Scale(zip(perElement(type), other.perElement(type)).map { $0 + $1 }).simplified(type)
  }
}
