import SpikeIR

extension KerasContext {
  /// MaxPooling1D and MaxPooling2D.
  mutating func maxPooling(_ call: LayerCall, rank: Int) throws -> Value {
    let input = try image(call, rank: rank)
    return try map(input, "", MaxPool(try poolingWindow(call.layer, input, rank: rank)))
  }

  /// AveragePooling1D and AveragePooling2D; padding does not count.
  mutating func averagePooling(_ call: LayerCall, rank: Int) throws -> Value {
    let input = try image(call, rank: rank)
    return try map(input, "", AveragePool(try poolingWindow(call.layer, input, rank: rank)))
  }

  private func poolingWindow(_ layer: LayerConfig, _ input: Value, rank: Int) throws -> Window2D {
    let twos = [Int](repeating: 2, count: rank)
    let window = try SlidingWindow(layer, kernel: "pool_size", rank: rank, standard: twos)
    let padding = try layer.choice("padding", "valid", of: ["valid", "same"])
    return Window2D(
      kernel: window.kernel, stride: window.stride,
      padding: window.padding(padding, of: builder.nodeShape(input)))
  }

  /// GlobalAveragePooling1D/2D, or GlobalMaxPooling1D/2D for `isMax`.
  mutating func globalPooling(_ call: LayerCall, rank: Int, isMax: Bool = false) throws -> Value {
    let input = try image(call, rank: rank)
    let shape = builder.nodeShape(input)
    let window = Window2D(kernel: [shape[0], shape[1]], stride: [1, 1])
    let pooled =
      isMax
      ? try map(input, "", MaxPool(window)) : try map(input, "", AveragePool(window))
    if try call.layer.bool("keepdims", false) { return pooled }
    let flat = try builder.reshape(pooled.node, to: [shape[2]], "flat")
    return Value(node: flat, layout: .plain(1))
  }
}
