import SpikeIR

extension KerasContext {
  /// Flatten. Told `channels_first`, Keras moves the channels to the end before it flattens.
  mutating func flatten(_ call: LayerCall) throws -> Value {
    let value = try call.value
    let rank = value.layout.order.count
    let movesChannels = try call.layer.isChannelsFirst && rank > 1
    let layout: Layout = movesChannels ? .withLast(0, rank: rank) : .plain(rank)
    return try flatten(value, layout)
  }

  private mutating func flatten(_ value: Value, _ layout: Layout) throws -> Value {
    let count = builder.nodeShape(value).reduce(1, *)
    let node = try builder.reshape(try builder.arrange(value, to: layout), to: [count])
    return Value(node: node, layout: .plain(1))
  }

  /// Reshape; one extent may be -1, whatever is left.
  mutating func reshape(_ call: LayerCall) throws -> Value {
    if let withBatch = try call.layer.integers("newshape") {
      return try reshape(try call.value, to: Array(withBatch.dropFirst()), call.layer)
    }
    guard let target = try call.layer.integers("target_shape") else {
      throw call.layer.invalid("target_shape", "given")
    }
    return try reshape(try call.value, to: target, call.layer)
  }

  /// Gives a value another shape, without the batch.
  mutating func reshape(_ value: Value, to target: [Int], _ layer: LayerConfig) throws -> Value {
    let count = builder.nodeShape(value).reduce(1, *)
    var (known, overflow) = (1, false)
    for extent in target where extent != -1 && !overflow {
      (known, overflow) = known.multipliedReportingOverflow(by: extent)
      overflow = overflow || extent < 1
    }
    let open = target.indices.filter { target[$0] == -1 }
    let fits = open.isEmpty ? known == count : count % max(known, 1) == 0
    guard !overflow, open.count <= 1, fits else {
      throw layer.diagnostic(
        "Reshape to \(target) does not fit a value of shape \(builder.shape(value))")
    }
    var shape = target
    if let axis = open.first { shape[axis] = count / known }
    let node = try builder.reshape(try builder.plain(value), to: shape)
    return Value(node: node, layout: .plain(shape.count))
  }

  /// Permute: axis `i` of the result is axis `dims[i]` of the value, counted from 1.
  mutating func permute(_ call: LayerCall) throws -> Value {
    let value = try call.value
    guard let axes = try call.layer.integers("dims")?.map({ $0 - 1 }) else {
      throw call.layer.invalid("dims", "given")
    }
    return try permute(value, axes, call.layer)
  }

  /// Reorders axes: nothing moves until a layer asks for the new order.
  func permute(_ value: Value, _ axes: [Int], _ layer: LayerConfig) throws -> Value {
    guard axes.sorted() == Array(value.layout.order.indices) else {
      throw layer.diagnostic(
        "\(axes.map { $0 + 1 }) is no permutation of the axes of a value of shape"
          + " \(builder.shape(value))")
    }
    var layout = value.layout
    layout.order = layout.order.compactMap { axes.firstIndex(of: $0) }
    return Value(node: value.node, layout: layout)
  }
}
