import SpikeIR

extension CPlan {
  /// The values that depend on no spike: what a direct input gives before the first population.
  /// A max-pooling is none of them: its value is a growth, which events make uneven.
  static func constantValues(_ graph: Graph) -> Set<NodeID> {
    var result: Set<NodeID> = []
    for node in graph.nodes {
      let isConstant: Bool
      switch node.operation {
      case .encode(let encode): isConstant = encode.coding == .direct
      case .fire, .readOut, .decode, .input, .maxPool: isConstant = false
      case .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .averagePool,
        .sumPool, .add, .concat, .reshape, .transpose, .pad:
        isConstant = node.operands.allSatisfy(result.contains)
      }
      if isConstant { result.insert(node.id) }
    }
    return result
  }

  /// Of the constant values, keeps those that meet only their like until neurons take them: where
  /// totals of all timesteps are computed, a value of one timestep cannot be added to them.
  static func keepUnmixed(
    _ constants: inout Set<NodeID>, _ graph: Graph, _ users: [NodeID: [NodeID]]
  ) {
    var count = -1
    while constants.count != count {
      count = constants.count
      let mixed = graph.nodes.filter { node in
        !constants.contains(node.id) && !endsConstants(node.operation)
      }
      for node in mixed { constants.subtract(node.operands) }
      constants = constants.filter { id in
        if case .encode = graph[id].operation { return true }
        return graph[id].operands.allSatisfy(constants.contains)
      }
    }
  }

  /// Whether an operation takes one timestep's value for all timesteps.
  private static func endsConstants(_ operation: Operation) -> Bool {
    switch operation {
    case .fire, .readOut, .decode: true
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode:
      false
    }
  }
}
