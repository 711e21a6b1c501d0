import SpikeIR

/// The synapses whose currents reach one population alone, so that a gain of each of its channels
/// can be multiplied into their weights.
struct CurrentGain {
  private let synapses: [NodeID]

  /// nil where a current goes elsewhere too, or where channels change on the way.
  init?(_ population: NodeID, _ graph: Graph) {
    let users = graph.users()
    var found: [NodeID] = []
    var waiting = graph[population].operands
    while let id = waiting.popLast() {
      guard users[id]?.count == 1, !graph.outputs.contains(id) else { return nil }
      switch graph[id].operation {
      case .conv2d, .dense, .diagonal: found.append(id)
      case .add, .sumPool, .pad: waiting += graph[id].operands
      case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .maxPool, .concat,
        .reshape, .transpose, .encode, .fire, .readOut, .decode:
        return nil
      }
    }
    synapses = found
  }

  /// Multiplies all weights by the gain of their output channel.
  func apply(_ gain: [Float], to graph: inout Graph) {
    if gain.allSatisfy({ $0 == 1 }) { return }
    for id in synapses {
      let node = graph[id]
      graph[id].operation = SynapseWeights(node, graph)
        .scaled(input: .one, output: Scale(gain), node, &graph)
    }
  }
}
