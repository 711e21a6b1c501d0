import SpikeIR

/// What goes along an edge, or one of several summands of it: spikes, levels or currents.
struct NirSignal {
  /// The node that holds the values, and how NIR's axes (channels first) lie there.
  var value: Value
  /// True value = factor · value, in the order of the node's elements; 1 for currents.
  var factor = Scale.one
  /// What is added to a current at each timestep, in the order of the node's elements.
  var bias: Scale?
}

/// The graph while it grows, and what every node's edges carry.
struct NirContext {
  var builder: NetworkBuilder
  /// What the nodes give; several summands where nothing has added them up yet.
  var signals: [String: [NirSignal]] = [:]
  /// How many nodes take each node's value.
  var users: [String: Int] = [:]
  /// Length of a timestep in seconds, where the user gave one.
  let timeStep: Double?
  /// What the file says beyond NIR.
  let maker: NirMaker

  func isCurrent(_ signal: NirSignal) -> Bool {
    builder.graph[signal.value.node].type.element == .current
  }

  /// The shape that NIR gives a signal.
  func shape(_ signal: NirSignal) -> [Int] { builder.shape(signal.value) }

  func type(_ signal: NirSignal) -> TensorType { builder.graph[signal.value.node].type }

  /// A signal with its axes in another layout; factor and bias go along.
  mutating func arranged(_ signal: NirSignal, to layout: Layout) throws -> NirSignal {
    let node = try builder.arrange(signal.value, to: layout)
    return carried(signal, to: Value(node: node, layout: layout))
  }

  /// A signal with the axes that NIR gives it.
  mutating func plain(_ signal: NirSignal) throws -> NirSignal {
    try arranged(signal, to: .plain(signal.value.layout.order.count))
  }

  /// The same elements under another shape, in NIR's order.
  mutating func reshaped(_ signal: NirSignal, to shape: [Int]) throws -> NirSignal {
    let plain = try plain(signal)
    let node = try builder.reshape(plain.value.node, to: shape, "flat")
    var result = plain
    result.value = Value(node: node, layout: .plain(shape.count))
    let (old, new) = (type(plain), builder.graph[node].type)
    result.factor = Scale(plain.factor.perElement(old)).simplified(new)
    result.bias = plain.bias.map { Scale($0.perElement(old)).simplified(new) }
    return result
  }

  /// Takes factor and bias along to where the elements lie in `value`.
  private func carried(_ signal: NirSignal, to value: Value) -> NirSignal {
    let (old, new) = (type(signal), builder.graph[value.node].type)
    let order = signal.value.layout.order
    let extents = Array(old.shape.suffix(order.count))
    let permutation = value.layout.order.compactMap { order.firstIndex(of: $0) }
    func moved(_ scale: Scale) -> Scale {
      if scale.isUniform { return Scale([scale.values[0]]) }
      let full = Tensor(extents, scale.perElement(old)).transposed(permutation)
      return Scale(full.floats).simplified(new)
    }
    return NirSignal(
      value: value, factor: moved(signal.factor), bias: signal.bias.map(moved))
  }

  /// NIR's numbers for a value, one or one per element, in the order of the node's elements.
  ///
  /// - Throws: a `Diagnostic` if their shape does not fit.
  func spread(
    _ numbers: (shape: [Int], values: [Double]), _ key: String, over signal: NirSignal,
    _ node: NirNode
  ) throws -> [Double] {
    let (shape, values) = (shape(signal), numbers.values)
    if values.count == 1 { return values }
    func squeezed(_ shape: [Int]) -> [Int] { shape.filter { $0 != 1 } }
    let count = shape.reduce(1, *)
    if squeezed(numbers.shape) == squeezed(shape) {
      return Tensor.transposedIndices(shape, signal.value.layout.order).map { values[$0] }
    }
    if squeezed(numbers.shape) == [shape[0]], shape[0] > 0 {
      let inner = count / shape[0]
      return Tensor.transposedIndices(shape, signal.value.layout.order).map { values[$0 / inner] }
    }
    throw node.diagnostic("'\(key)' has shape \(numbers.shape), what it takes has shape \(shape)")
  }
}
