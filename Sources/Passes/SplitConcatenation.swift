import SpikeIR

extension Pass {
  /// Gives each of the values that are joined synapses of its own, for targets that cannot join
  /// populations: what takes the joined value is split over its inputs, and the parts are added.
  ///
  /// Poolings, padding and elementwise operations between the two are done to each part.
  ///
  ///     %j = concat %a, %b; %c = conv2d %j {weight}   ->   %c0 = conv2d %a {weight of a's channels}
  ///                                                        %c1 = conv2d %b {weight of b's channels}
  ///                                                        %c = add %c0, %c1
  static let splitConcatenation = Pass(
    name: "split-concatenation",
    summary: "Gives each joined value synapses of its own, whose currents are added.",
    preserves: .within(1e-5)
  ) { graph, _ in
    for id in graph.order {
      guard case .concat(let concat) = graph[id].operation else { continue }
      let types = graph.operandTypes(of: id)
      var joined = Joined(
        parts: graph[id].operands, indices: types.indices.map { concat.indices(of: $0, types) })
      joined.axisIsChannels = concat.axis == graph[id].type.shape.count - 1
      try joined.replace(id, in: &graph)
    }
    graph.removeDeadNodes()
    try graph.reinferTypes()
  }
}

extension Concat {
  /// For each element of operand `position`, its index in the joined value.
  func indices(of position: Int, _ operands: [TensorType]) -> [Int] {
    let outer = operands[0].shape[..<axis].reduce(1, *)
    let runs = operands.map { $0.count / outer }
    let row = runs.reduce(0, +)
    let first = runs[..<position].reduce(0, +)
    return (0..<outer).flatMap { $0 * row + first..<$0 * row + first + runs[position] }
  }
}

/// A value that was joined, in its parts.
private struct Joined {
  var parts: [NodeID]
  /// For each part, the place of its elements in the joined value.
  var indices: [[Int]]
  var axisIsChannels = true

  /// Splits everything that takes the joined value `id`.
  func replace(_ id: NodeID, in graph: inout Graph) throws {
    guard !graph.outputs.contains(id) else { throw refused(graph[id], "it is an output") }
    for user in graph.users()[id] ?? [] {
      let node = graph[user]
      switch node.operation {
      case .conv2d, .dense:
        try split(node, in: &graph)
      case .relu, .diagonal, .sumPool, .averagePool, .maxPool, .pad, .reshape:
        try push(through: node, in: &graph)
      case .concat:
        // Concatenations of concatenations are split when their own turn comes.
        try inline(id, into: node, in: &graph)
      case .input, .batchNorm, .leakyRelu, .activation, .add, .transpose, .encode, .fire, .readOut,
        .decode:
        throw refused(node, "a \(node.operation.mnemonic) takes it")
      }
    }
  }

  private func refused(_ node: Node, _ reason: String) -> Diagnostic {
    Diagnostic(
      "a joined value cannot be split here: \(reason)", origin: node.origin,
      notes: ["put a convolution or a dense layer with ReLU behind the concatenation"])
  }

  /// One synapse for each part; the first has the bias.
  private func split(_ node: Node, in graph: inout Graph) throws {
    var synapses: [NodeID] = []
    for (position, part) in parts.enumerated() {
      var synapse = node.operation.synapse!
      let weight = graph.constants[synapse.weight]
      guard !weight.isInteger else {
        throw Diagnostic("split-concatenation comes before quantize-weights")
      }
      let name = "\(node.name).\(position)"
      synapse.weight = graph.constants.add(
        "\(name).weight", try taken(weight, node, part, position, graph))
      if position > 0 { synapse.bias = nil }
      synapses.append(
        try graph.add(name, synapse, [part], origin: node.origin, before: node.id))
    }
    graph[node.id].operation = .add(Add())
    graph[node.id].operands = synapses
  }

  /// The weights of the inputs that one part gives.
  private func taken(
    _ weight: Tensor, _ node: Node, _ part: NodeID, _ position: Int, _ graph: Graph
  ) throws -> Tensor {
    var inputs = indices[position]
    if case .conv2d(let conv) = node.operation {
      guard axisIsChannels, conv.groups == 1 else {
        throw refused(node, "it is joined along height or width, or the convolution has groups")
      }
      inputs = Array(inputs.prefix(graph[part].type.channels))
    }
    let width = weight.shape.last!
    let values = weight.floats
    var shape = weight.shape
    shape[shape.count - 1] = inputs.count
    return Tensor(
      shape,
      stride(from: 0, to: values.count, by: width).flatMap { start in
        inputs.map { values[start + $0] }
      })
  }

  /// Does to each part what `node` does to the joined value.
  private func push(through node: Node, in graph: inout Graph) throws {
    var next = self
    var isReshape = false
    switch node.operation {
    case .reshape: isReshape = true
    case .sumPool, .averagePool, .maxPool, .pad:
      guard axisIsChannels else { throw refused(node, "it is joined along height or width") }
    default: break
    }
    next.parts = []
    for (position, part) in parts.enumerated() {
      let type = graph[part].type
      let parameters = try own(node, position, type, &graph)
      let scale = node.scale.map { id in
        graph.constants.add(
          "\(node.name).\(position).scale",
          picked(graph.constants[id], position, node.type, isReshape ? type.count : nil, type))
      }
      next.parts.append(
        try graph.add(
          "\(node.name).\(position)", parameters, [part],
          type: isReshape ? TensorType(type.element, [type.count]) : nil, scale: scale,
          origin: node.origin, before: node.id))
    }
    if !isReshape, node.type.shape.count == 3, axisIsChannels {
      let types = next.parts.map { graph[$0].type }
      next.indices = types.indices.map { Concat(axis: 2).indices(of: $0, types) }
    }
    next.axisIsChannels = axisIsChannels && !isReshape
    try next.replace(node.id, in: &graph)
  }

  /// The operation for one part, with its own weights where there is one per channel.
  private func own(_ node: Node, _ position: Int, _ part: TensorType, _ graph: inout Graph) throws
    -> any OperationParameters
  {
    guard case .diagonal(var diagonal) = node.operation else { return node.operation.parameters }
    func constant(_ id: ConstantID) -> ConstantID {
      graph.constants.add(
        "\(graph.constants.name(of: id)).\(position)",
        picked(graph.constants[id], position, node.type, nil, part))
    }
    diagonal.weight = constant(diagonal.weight)
    diagonal.bias = diagonal.bias.map(constant)
    return diagonal
  }

  /// The numbers of a per-channel or per-element constant that belong to one part.
  private func picked(
    _ tensor: Tensor, _ position: Int, _ type: TensorType, _ flatCount: Int?, _ part: TensorType
  ) -> Tensor {
    let values = Scale(tensor.floats)
    if values.isUniform { return Tensor([1], [values.values[0]]) }
    if flatCount == nil, axisIsChannels, values.values.count == type.channels {
      let picked = indices[position].prefix(part.channels).map { values.values[$0] }
      return Tensor([part.channels], Array(picked))
    }
    let full = values.perElement(type)
    let picked = indices[position].map { full[$0] }
    return Tensor(flatCount.map { [$0] } ?? part.shape, picked)
  }

  /// Lets an outer concatenation take the parts themselves.
  private func inline(_ id: NodeID, into outer: Node, in graph: inout Graph) throws {
    guard case .concat(let inner) = graph[id].operation, case .concat(let own) = outer.operation,
      inner.axis == own.axis
    else { throw refused(outer, "it is joined again along another axis") }
    graph[outer.id].operands = graph[outer.id].operands.flatMap { $0 == id ? parts : [$0] }
  }
}
