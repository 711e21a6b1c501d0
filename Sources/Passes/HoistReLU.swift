import SpikeIR

extension Pass {
  /// Moves rectifications in front of max-pooling and concatenation, so that populations, not
  /// currents, are pooled and joined.
  ///
  ///     %p = max_pool %c; %r = relu %p   ->   %r = relu %c; %p = max_pool %r
  static let hoistReLU = Pass(
    name: "hoist-relu",
    summary: "Moves rectifications in front of max-pooling and concatenation.",
    preserves: .exact
  ) { graph, _ in
    var isMoved = true
    while isMoved {
      isMoved = false
      for id in graph.order where graph.contains(id) {
        if try hoist(id, in: &graph) { isMoved = true }
      }
    }
    graph.removeDeadNodes()
  }
}

/// Each move brings a rectification closer to the inputs, so the pass ends.
private func hoist(_ id: NodeID, in graph: inout Graph) throws -> Bool {
  let node = graph[id]
  guard case .relu(let relu) = node.operation, node.scale == nil else { return false }
  let source = graph[node.operands[0]]
  switch source.operation {
  case .maxPool, .concat:
    guard graph.users()[source.id]?.count == 1, !graph.outputs.contains(source.id) else {
      return false
    }
  case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
    .averagePool, .sumPool, .add, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
    return false
  }
  let many = source.operands.count > 1
  for (position, operand) in source.operands.enumerated() {
    if case .relu = graph[operand].operation, relu.ceiling == nil { continue }
    let name = many ? "\(node.name).\(position)" : node.name
    let rectified = try graph.add(
      name, relu, [operand], origin: node.origin, before: source.id)
    graph[source.id].operands[position] = rectified
  }
  graph.replaceUses(of: id, with: source.id)
  graph.removeDeadNodes()
  if !many { graph.rename(graph[source.id].operands[0], to: node.name) }
  return true
}
