import SpikeIR

extension Pass {
  /// Removes what does nothing, and moves layout changes and padding into the nodes behind them.
  ///
  ///     %a = pad %x {padding=[1,1,1,1]}             ->  %b = conv2d %x {padding=[1,1,1,1], ...}
  ///     %b = conv2d %a {padding=[0,0,0,0], ...}
  ///     %t = transpose %x; %f = reshape %t; %d = dense %f   ->   dense with reordered columns
  static let canonicalize = Pass(
    name: "canonicalize",
    summary: "Removes what does nothing; moves padding and layout changes into the next synapse.",
    preserves: .within(1e-5)
  ) { graph, _ in
    for id in graph.order where graph.contains(id) { try simplify(id, &graph) }
    graph.removeDeadNodes()
  }
}

private func simplify(_ id: NodeID, _ graph: inout Graph) throws {
  let node = graph[id]
  switch node.operation {
  case .reshape:
    try simplifyReshape(node, &graph)
  case .transpose(let transpose):
    try simplifyTranspose(node, transpose, &graph)
  case .conv2d(let conv):
    mergePad(node, conv, &graph)
  case .dense(let dense):
    absorbLayout(node, dense, &graph)
  case .concat where node.operands.count == 1:
    graph.replaceUses(of: id, with: node.operands[0])
  case .relu:
    mergeRectifications(node, &graph)
  case .diagonal(let diagonal):
    let isIdentity =
      diagonal.bias == nil && node.type.element == .f32
      && graph.constants[diagonal.weight].floats.allSatisfy { $0 == 1 }
    if isIdentity { graph.replaceUses(of: id, with: node.operands[0]) }
  case .pad(let pad) where pad.padding == [0, 0, 0, 0]:
    graph.replaceUses(of: id, with: node.operands[0])
  case .input, .batchNorm, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool, .add,
    .concat, .pad, .encode, .fire, .readOut, .decode:
    break
  }
}

/// A reshape of a reshape is one reshape; a reshape to the same shape is none.
private func simplifyReshape(_ node: Node, _ graph: inout Graph) throws {
  if case .reshape = graph[node.operands[0]].operation {
    graph[node.id].operands = graph[node.operands[0]].operands
  }
  let operand = graph[node.id].operands[0]
  if graph[operand].type == node.type { graph.replaceUses(of: node.id, with: operand) }
}

/// A transpose of a transpose is one transpose; one that only moves axes of extent 1 is a reshape.
private func simplifyTranspose(_ node: Node, _ transpose: Transpose, _ graph: inout Graph) throws {
  var permutation = transpose.permutation
  if case .transpose(let inner) = graph[node.operands[0]].operation {
    permutation = permutation.map { inner.permutation[$0] }
    graph[node.id].operands = graph[node.operands[0]].operands
    graph[node.id].operation = .transpose(Transpose(permutation: permutation))
  }
  let operand = graph[graph[node.id].operands[0]]
  if permutation == Array(permutation.indices) {
    graph.replaceUses(of: node.id, with: operand.id)
  } else if permutation.filter({ operand.type.shape[$0] > 1 }).isSorted {
    graph[node.id].operation = .reshape(Reshape())
  }
}

/// Zero padding in front of a convolution becomes the convolution's own.
private func mergePad(_ node: Node, _ conv: Convolution2D, _ graph: inout Graph) {
  guard case .pad(let pad) = graph[node.operands[0]].operation else { return }
  var conv = conv
  conv.padding = zip(conv.padding, pad.padding).map { $0 + $1 }
  graph[node.id].operation = .conv2d(conv)
  graph[node.id].origin = graph[node.operands[0]].origin.merged(node.origin)
  graph[node.id].operands = graph[node.operands[0]].operands
}

/// A transpose in front of a flatten and a dense synapse reorders the synapse's columns.
private func absorbLayout(_ node: Node, _ dense: Dense, _ graph: inout Graph) {
  let flatten = graph[node.operands[0]]
  guard case .reshape = flatten.operation else { return }
  let source = graph[flatten.operands[0]]
  guard case .transpose(let transpose) = source.operation else { return }
  let input = graph[source.operands[0]]
  let order = Tensor.transposedIndices(input.type.shape, transpose.permutation)
  let weight = graph.constants[dense.weight]
  let (rows, columns) = (weight.shape[0], weight.shape[1])
  var reordered = weight
  reordered.withFloats { values in
    let old = values
    for row in 0..<rows {
      for (position, element) in order.enumerated() {
        values[row * columns + element] = old[row * columns + position]
      }
    }
  }
  var dense = dense
  dense.weight = graph.constants.add(graph.constants.name(of: dense.weight), reordered)
  graph[node.id].operation = .dense(dense)
  guard
    let direct = try? graph.add(
      flatten.name, Reshape(), [input.id], type: flatten.type, origin: flatten.origin,
      before: node.id)
  else { preconditionFailure("a flatten keeps the number of elements") }
  graph[node.id].operands = [direct]
}

/// A rectification of a rectification is one, with the lower ceiling.
private func mergeRectifications(_ node: Node, _ graph: inout Graph) {
  guard case .relu(let outer) = node.operation,
    case .relu(let inner) = graph[node.operands[0]].operation,
    node.scale == nil, graph[node.operands[0]].scale == nil
  else { return }
  let ceilings = [outer.ceiling, inner.ceiling].compactMap { $0 }
  if ceilings.min() == inner.ceiling {
    graph.replaceUses(of: node.id, with: node.operands[0])
  } else {
    graph[node.id].operands = graph[node.operands[0]].operands
  }
}

extension Array where Element: Comparable {
  fileprivate var isSorted: Bool { zip(self, dropFirst()).allSatisfy { $0 <= $1 } }
}
