import SpikeIR

/// Currents: what synapses give, added up, and multiplied by constants.
extension NirContext {
  /// A synapse on a spike or level signal; the weights have taken the signal's factor in.
  ///
  /// - Throws: a `Diagnostic` for a current: two linear nodes with no neuron between.
  func checkDrives(_ signal: NirSignal, _ node: NirNode) throws {
    guard isCurrent(signal) else { return }
    throw node.diagnostic(
      "a \(node.type) on what another linear node gives; there is no neuron between them",
      notes: ["multiply their weights, or put an IF or LIF between them"])
  }

  /// What a signal is as a current: spikes get a synapse of their own, 1 to 1.
  mutating func current(_ signal: NirSignal) throws -> NirSignal {
    if isCurrent(signal) { return signal }
    let weight = builder.constant("relay", signal.factor.shape(type(signal)), signal.factor.values)
    let node = try builder.add("relay", Diagonal(weight: weight), signal.value.node)
    return NirSignal(value: Value(node: node, layout: signal.value.layout))
  }

  /// The sum of what an edge's summands carry, as one current.
  mutating func sum(_ signals: [NirSignal], _ node: NirNode) throws -> NirSignal {
    var total = try current(signals[0])
    if signals.count == 1 { return total }
    var operands = [total.value.node]
    for signal in signals.dropFirst() {
      guard shape(signal) == shape(signals[0]) else {
        throw node.diagnostic("adds values of shapes \(shape(signals[0])) and \(shape(signal))")
      }
      let term = try arranged(current(signal), to: total.value.layout)
      operands.append(term.value.node)
      total.bias = added(total.bias, term.bias, type(total))
    }
    total.value.node = try builder.add("sum", Add(), operands: operands)
    return total
  }

  private func added(_ a: Scale?, _ b: Scale?, _ type: TensorType) -> Scale? {
    guard let a, let b else { return a ?? b }
    let sums = zip(a.perElement(type), b.perElement(type)).map { $0 + $1 }
    return Scale(sums).simplified(type)
  }

  /// A signal times one number per element (or one in all), in the order of the node's elements.
  mutating func scaled(_ signal: NirSignal, by factor: Scale, _ node: NirNode) throws -> NirSignal {
    if factor.values == [1] { return signal }
    var result = signal
    let type = type(signal)
    guard isCurrent(signal) else {
      result.factor = signal.factor.multiplied(by: factor, type)
      return result
    }
    result.value.node = try scaledNode(signal.value.node, by: factor, node)
    result.bias = signal.bias?.multiplied(by: factor, type)
    return result
  }

  /// A copy of the synapses that give a current, with weights that many times as large.
  private mutating func scaledNode(_ id: NodeID, by factor: Scale, _ node: NirNode) throws -> NodeID
  {
    let source = builder.graph[id]
    var operation = source.operation
    switch operation {
    case .conv2d(var conv):
      conv.weight = try scaledRows(conv.weight, factor, source.type, node)
      operation = conv.operation
    case .dense(var dense):
      dense.weight = try scaledRows(dense.weight, factor, source.type, node)
      operation = dense.operation
    case .diagonal(var diagonal):
      let weight = Scale(builder.graph.constants[diagonal.weight].floats)
        .multiplied(by: factor, source.type)
      diagonal.weight = builder.constant("weight", weight.shape(source.type), weight.values)
      return try builder.add("scaled", diagonal, operands: source.operands)
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .maxPool, .encode,
      .fire, .readOut, .decode, .concat:
      throw node.diagnostic("no current comes from \(operation.mnemonic) in front of it")
    case .add, .sumPool, .reshape, .transpose, .pad:
      guard factor.isUniform || operation.keepsElements else {
        throw node.diagnostic("its factors differ, behind a pooling or a change of shape")
      }
      let operands = try source.operands.map { try scaledNode($0, by: factor, node) }
      return try builder.add(
        "scaled", operation.parameters, operands: operands, shape: operation.declaredShape(source))
    }
    return try builder.add("scaled", operation.parameters, operands: source.operands)
  }

  private mutating func scaledRows(
    _ weight: ConstantID, _ factor: Scale, _ type: TensorType, _ node: NirNode
  ) throws -> ConstantID {
    guard let factors = factor.perChannel(type) else {
      throw node.diagnostic("its factors differ within a channel of a convolution")
    }
    let tensor = builder.graph.constants[weight]
    let length = tensor.count / max(tensor.shape[0], 1)
    let values = tensor.floats.enumerated().map { $1 * factors[$0 / length] }
    return builder.constant("weight", tensor.shape, values)
  }

  /// A copy of the nodes that give a current, for another node that takes it: populations choose
  /// the integers of their own synapses.
  mutating func copied(_ signal: NirSignal) throws -> NirSignal {
    guard isCurrent(signal) else { return signal }
    var result = signal
    result.value.node = try copiedNode(signal.value.node)
    return result
  }

  private mutating func copiedNode(_ id: NodeID) throws -> NodeID {
    let source = builder.graph[id]
    guard source.type.element == .current else { return id }
    let operands = try source.operands.map { try copiedNode($0) }
    return try builder.add(
      "copy", source.operation.parameters, operands: operands,
      shape: source.operation.declaredShape(source))
  }
}

extension Operation {
  /// Whether element i of the result is made of elements i of the operands.
  fileprivate var keepsElements: Bool { if case .add = self { true } else { false } }

  /// The shape that a reshape declares.
  fileprivate func declaredShape(_ node: Node) -> [Int]? {
    if case .reshape = self { node.type.shape } else { nil }
  }
}
