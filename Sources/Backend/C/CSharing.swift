import SpikeIR

/// Which values share a buffer.
struct CSharing {
  let graph: Graph
  let users: [NodeID: [NodeID]]
  /// The values that are the same at every timestep.
  let constants: Set<NodeID>

  /// The node whose buffer a value shares: a reshape is its operand, and a synapse that only
  /// feeds a sum adds to the sum's buffer.
  func place(of id: NodeID) -> NodeID {
    let node = graph[id]
    if case .reshape = node.operation { return place(of: node.operands[0]) }
    return addsInto(id).map { place(of: $0) } ?? id
  }

  /// The sum that a synapse or sum adds to directly, if it does.
  func addsInto(_ id: NodeID) -> NodeID? {
    switch graph[id].operation {
    case .conv2d, .dense, .diagonal, .add: break
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
      .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      return nil
    }
    guard let mine = users[id], mine.count == 1, !graph.outputs.contains(id),
      case .add = graph[mine[0]].operation,
      constants.contains(id) == constants.contains(mine[0])
    else { return nil }
    return mine[0]
  }
}
