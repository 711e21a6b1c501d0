import SpikeIR

/// Folds a diagonal into the synapse on either side of it.
enum DiagonalFolding {
  /// Folds `id`, a diagonal, if a neighbour can take it exactly. Gives whether it did.
  ///
  ///     conv -> diagonal  =>  conv with scaled weights, bias · w + b
  ///     diagonal -> conv  =>  the same from the other side, where no zero padding would miss b
  static func fold(_ id: NodeID, in graph: inout Graph) throws -> Bool {
    if foldBackward(id, &graph) { return true }
    return foldForward(id, &graph)
  }

  /// Into the synapse in front, through reshapes, if nothing else takes its value.
  private static func foldBackward(_ id: NodeID, _ graph: inout Graph) -> Bool {
    guard case .diagonal(let diagonal) = graph[id].operation else { return false }
    let users = graph.users()
    var factor = Scale(graph.constants[diagonal.weight].floats)
    var shift = Scale(diagonal.bias.map { graph.constants[$0].floats } ?? [0])
    var source = graph[graph[id].operands[0]]
    func isPrivate(_ node: Node) -> Bool {
      users[node.id]?.count == 1 && !graph.outputs.contains(node.id)
    }
    while case .reshape = source.operation, isPrivate(source) {
      let operand = graph[source.operands[0]]
      factor = reshaped(factor, source.type, operand.type)
      shift = reshaped(shift, source.type, operand.type)
      source = operand
    }
    guard isPrivate(source), var synapse = source.operation.synapse else { return false }
    let weights = SynapseWeights(source, graph)
    guard weights.takesOutputFactor(factor, source.type),
      weights.takesOutputFactor(shift, source.type)
    else { return false }
    synapse = weights.scaled(input: .one, output: factor, source, &graph).synapse!
    synapse.bias = sum(synapse.bias, shift, source, &graph)
    graph[source.id].operation = synapse.operation
    graph[source.id].origin = source.origin.merged(graph[id].origin)
    graph.replaceUses(of: id, with: graph[id].operands[0])
    return true
  }

  /// Into every synapse behind, if they are all that takes its value.
  private static func foldForward(_ id: NodeID, _ graph: inout Graph) -> Bool {
    guard case .diagonal(let diagonal) = graph[id].operation else { return false }
    let node = graph[id]
    let factor = Scale(graph.constants[diagonal.weight].floats)
    let shift = Scale(diagonal.bias.map { graph.constants[$0].floats } ?? [0])
    let users = graph.users()[id] ?? []
    guard !users.isEmpty, !graph.outputs.contains(id),
      users.allSatisfy({ canFold(factor, shift, node.type, into: graph[$0], graph) })
    else { return false }
    for user in users {
      let consumer = graph[user]
      let added = response(of: consumer, to: shift, node.type, graph)
      var synapse = SynapseWeights(consumer, graph)
        .scaled(input: factor, output: .one, consumer, &graph).synapse!
      synapse.bias = sum(synapse.bias, added, consumer, &graph)
      graph[user].operation = synapse.operation
      graph[user].operands = node.operands
      graph[user].origin = node.origin.merged(consumer.origin)
    }
    return true
  }

  private static func canFold(
    _ factor: Scale, _ shift: Scale, _ type: TensorType, into node: Node, _ graph: Graph
  ) -> Bool {
    guard node.operation.synapse != nil,
      SynapseWeights(node, graph).takesInputFactor(factor, type)
    else { return false }
    if shift.values.allSatisfy({ $0 == 0 }) { return true }
    if case .conv2d(let conv) = node.operation {
      return conv.padding == [0, 0, 0, 0] && shift.perChannel(type) != nil
    }
    return true
  }

  /// What the synapse gives for a constant operand: what its bias must take up.
  private static func response(
    of node: Node, to shift: Scale, _ type: TensorType, _ graph: Graph
  ) -> Scale {
    if shift.values.allSatisfy({ $0 == 0 }) { return Scale([0]) }
    let weight = graph.constants[node.operation.synapse!.weight]
    if case .diagonal = node.operation {
      return Scale(weight.floats).multiplied(by: shift, type)
    }
    var groups = 1
    if case .conv2d(let conv) = node.operation { groups = conv.groups }
    let inputs = shift.perChannel(type)!
    let values = weight.floats
    let (rows, width) = (weight.shape[0], weight.shape.last!)
    let length = values.count / rows
    return Scale(
      (0..<rows).map { row in
        let first = row / (rows / groups) * width
        return Float(
          (0..<length).reduce(0.0) {
            $0 + Double(values[row * length + $1]) * Double(inputs[first + $1 % width])
          })
      })
  }

  private static func sum(
    _ bias: ConstantID?, _ added: Scale, _ node: Node, _ graph: inout Graph
  ) -> ConstantID? {
    if added.values.allSatisfy({ $0 == 0 }) { return bias }
    let old = bias.map { Scale(graph.constants[$0].floats) } ?? Scale([0])
    let isDiagonal = if case .diagonal = node.operation { true } else { false }
    let total: [Float]
    if isDiagonal {
      total = zip(old.perElement(node.type), added.perElement(node.type)).map { $0 + $1 }
    } else {
      total = zip(old.perChannel(node.type)!, added.perChannel(node.type)!).map { $0 + $1 }
    }
    let scale = isDiagonal ? Scale(total).simplified(node.type) : Scale(total)
    let name = bias.map { graph.constants.name(of: $0) } ?? "\(node.name).bias"
    let shape = isDiagonal ? scale.shape(node.type) : [total.count]
    return graph.constants.add(name, Tensor(shape, scale.values))
  }

  private static func reshaped(_ scale: Scale, _ from: TensorType, _ to: TensorType) -> Scale {
    Scale(scale.perElement(from)).simplified(to)
  }
}
