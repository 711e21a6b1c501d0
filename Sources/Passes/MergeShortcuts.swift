import SpikeIR

extension Pass {
  /// Makes residual blocks chains, for targets that cannot add the currents of several synapses:
  /// channels beside those of the block's inner layer relay the shortcut's spikes.
  ///
  ///     %a = relu (conv2d %x); %s = add (conv2d %a), (conv2d %x {1x1})
  ///       ->  %a = relu (conv2d %x {kernels, and one tap of 1 for each channel of %x})
  ///           %s = conv2d %a {kernels, and the shortcut's weights in the middle}
  ///
  /// A value that a ReLU gave passes a second one unchanged, so the CNN stays what it was; spikes
  /// go through one population more. Blocks of another form are left alone.
  static let mergeShortcuts = Pass(
    name: "merge-shortcuts",
    summary: "Makes residual blocks chains: the inner layer relays the shortcut.",
    preserves: .within(1e-5)
  ) { graph, _ in
    for id in graph.order {
      guard let block = ResidualBlock(id, graph) else { continue }
      try block.merge(&graph)
      graph.removeDeadNodes()
    }
    try graph.reinferTypes()
  }
}

/// `add(outer(relu(inner(x))), shortcut(x))`, where the shortcut is a convolution of one tap, or x.
private struct ResidualBlock {
  let sum: NodeID
  let inner: NodeID
  let rectification: NodeID
  let outer: NodeID
  let shortcut: NodeID
  let source: NodeID

  init?(_ id: NodeID, _ graph: Graph) {
    guard graph.contains(id), case .add = graph[id].operation, graph[id].operands.count == 2 else {
      return nil
    }
    let operands = graph[id].operands
    for (outer, shortcut) in [(operands[0], operands[1]), (operands[1], operands[0])] {
      if let found = ResidualBlock(id, outer, shortcut, graph) {
        self = found
        return
      }
    }
    return nil
  }

  private init?(_ sum: NodeID, _ outer: NodeID, _ shortcut: NodeID, _ graph: Graph) {
    let users = graph.users()
    func isPlain(_ id: NodeID) -> Bool { users[id]?.count == 1 && !graph.outputs.contains(id) }
    guard case .conv2d(let last) = graph[outer].operation, isPlain(outer), last.groups == 1 else {
      return nil
    }
    let rectification = graph[outer].operands[0]
    guard case .relu(let relu) = graph[rectification].operation, isPlain(rectification) else {
      return nil
    }
    let inner = graph[rectification].operands[0]
    guard case .conv2d(let first) = graph[inner].operation, isPlain(inner), first.groups == 1 else {
      return nil
    }
    let source = graph[inner].operands[0]
    guard case .relu(let sourceRelu) = graph[source].operation,
      relu.ceiling == nil || (sourceRelu.ceiling ?? .infinity) <= relu.ceiling!,
      ResidualBlock.hasMiddle(first, graph), ResidualBlock.hasMiddle(last, graph),
      last.stride == [1, 1]
    else { return nil }
    if shortcut == source {
      guard first.stride == [1, 1] else { return nil }
    } else {
      guard case .conv2d(let conv) = graph[shortcut].operation, isPlain(shortcut),
        graph[shortcut].operands[0] == source, conv.groups == 1, conv.stride == first.stride,
        conv.padding == [0, 0, 0, 0], graph.constants[conv.weight].shape[1...2] == [1, 1]
      else { return nil }
    }
    (self.sum, self.outer, self.shortcut, self.source) = (sum, outer, shortcut, source)
    (self.inner, self.rectification) = (inner, rectification)
  }

  /// Whether some tap sees the element at the window's own place.
  private static func hasMiddle(_ conv: Convolution2D, _ graph: Graph) -> Bool {
    let shape = graph.constants[conv.weight].shape
    return conv.dilation == [1, 1] && conv.padding[0] < shape[1] && conv.padding[1] < shape[2]
      && !graph.constants[conv.weight].isInteger
  }

  func merge(_ graph: inout Graph) throws {
    let channels = graph[source].type.channels
    try widen(&graph, by: channels)
    guard case .conv2d(var last) = graph[outer].operation else { return }
    let weight = graph.constants[last.weight]
    let extra = shortcutWeights(graph, channels, outputs: weight.shape[0])
    last.weight = graph.constants.add(
      graph.constants.name(of: last.weight),
      joined(weight, extra, tap: [last.padding[0], last.padding[1]]))
    last.bias = try addedBias(last.bias, graph[outer].name, &graph)
    graph[outer].operation = .conv2d(last)
    graph[rectification].type = graph[inner].type
    graph.replaceUses(of: sum, with: outer)
  }

  /// Gives the inner convolution one more output for each channel of the source.
  private func widen(_ graph: inout Graph, by channels: Int) throws {
    guard case .conv2d(var first) = graph[inner].operation else { return }
    let weight = graph.constants[first.weight]
    let (outputs, height, width) = (weight.shape[0], weight.shape[1], weight.shape[2])
    var relays = [Float](repeating: 0, count: channels * height * width * channels)
    for channel in 0..<channels {
      let tap = (channel * height + first.padding[0]) * width + first.padding[1]
      relays[tap * channels + channel] = 1
    }
    first.weight = graph.constants.add(
      graph.constants.name(of: first.weight),
      Tensor([outputs + channels, height, width, channels], weight.floats + relays))
    if let bias = first.bias {
      first.bias = graph.constants.add(
        graph.constants.name(of: bias),
        Tensor(
          [outputs + channels],
          graph.constants[bias].floats + [Float](repeating: 0, count: channels)))
    }
    graph[inner].operation = .conv2d(first)
    graph[inner].type = try graph.inferType(
      first, graph[inner].operands, declared: nil, origin: graph[inner].origin)
  }

  /// The shortcut as a matrix `[outputs, channels]`.
  private func shortcutWeights(_ graph: Graph, _ channels: Int, outputs: Int) -> [Float] {
    if shortcut != source, case .conv2d(let conv) = graph[shortcut].operation {
      return graph.constants[conv.weight].floats
    }
    return (0..<outputs * channels).map { $0 / channels == $0 % channels ? 1 : 0 }
  }

  /// Kernels with more inputs, of which one tap is not 0.
  private func joined(_ weight: Tensor, _ extra: [Float], tap: [Int]) -> Tensor {
    let (outputs, height, width) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let inputs = weight.shape[3]
    let channels = extra.count / outputs
    let values = weight.floats
    var result: [Float] = []
    result.reserveCapacity(outputs * height * width * (inputs + channels))
    for row in 0..<outputs * height * width {
      result += values[row * inputs..<(row + 1) * inputs]
      let (output, place) = (row / (height * width), row % (height * width))
      if place == tap[0] * width + tap[1] {
        result += extra[output * channels..<(output + 1) * channels]
      } else {
        result += [Float](repeating: 0, count: channels)
      }
    }
    return Tensor([outputs, height, width, inputs + channels], result)
  }

  private func addedBias(_ bias: ConstantID?, _ name: String, _ graph: inout Graph) throws
    -> ConstantID?
  {
    guard shortcut != source, case .conv2d(let conv) = graph[shortcut].operation,
      let other = conv.bias
    else { return bias }
    guard let bias else { return other }
    let sum = zip(graph.constants[bias].floats, graph.constants[other].floats).map { $0 + $1 }
    return graph.constants.add(graph.constants.name(of: bias), Tensor([sum.count], sum))
  }
}
