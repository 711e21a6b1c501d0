import SpikeIR

/// Convolutions and poolings: windows over one or two axes, behind that of the channels.
extension NirContext {
  /// What a node over `rank` axes takes, as `[H, W, C]`.
  private mutating func image(_ node: NirNode, _ term: NirSignal, rank: Int) throws -> NirSignal {
    var term = term
    let shape = shape(term)
    // Exporters leave a batch of one in front.
    if shape.count == rank + 2, shape[0] == 1 {
      term = try reshaped(term, to: Array(shape.dropFirst()))
    }
    guard self.shape(term).count == rank + 1 else {
      throw node.diagnostic(
        "a \(node.type) takes [channels, \(rank == 1 ? "length" : "height, width")], not a value"
          + " of shape \(shape)")
    }
    return try arranged(term, to: Layout(order: Array(1...rank) + [0], isRow: rank == 1))
  }

  /// Conv1d and Conv2d; weights `[O, I / groups, H, W]`.
  mutating func convolution(_ node: NirNode, _ term: NirSignal, rank: Int) throws -> NirSignal {
    let stored = try node.numbers("weight")
    guard stored.shape.count == rank + 2 else {
      throw node.diagnostic(
        "its weight has shape \(stored.shape), expected \(rank + 2) extents, outputs first")
    }
    let signal = try image(node, term, rank: rank)
    let groups = try node.extents("groups", count: 1, [1])[0]
    let kernel = [Int](repeating: 1, count: 2 - rank) + stored.shape.dropFirst(2)
    let (stride, dilation) = (try window(node, "stride", rank), try window(node, "dilation", rank))
    let (outputs, width) = (stored.shape[0], stored.shape[1])
    let channels = type(signal).channels
    guard groups > 0, outputs % groups == 0, width * groups == channels else {
      throw node.diagnostic(
        "its weight \(stored.shape) in \(groups) groups does not fit \(channels) channels")
    }
    guard let factors = signal.factor.perChannel(type(signal)) else {
      throw node.diagnostic("takes values whose factors differ within a channel")
    }
    var weight = stored.reshaped([outputs, width] + kernel).transposed([0, 2, 3, 1])
    let row = weight.count / max(outputs, 1)
    weight.withFloats { values in
      for i in values.indices {
        values[i] *= factors[i / row / (outputs / groups) * width + i % width]
      }
    }
    let convolution = Convolution2D(
      weight: builder.constant("weight", weight.shape, weight.floats), stride: stride,
      padding: try padding(node, kernel: kernel, stride: stride, dilation: dilation, rank: rank),
      dilation: dilation, groups: groups)
    let result = try builder.add("", convolution, signal.value.node)
    return NirSignal(value: Value(node: result, layout: signal.value.layout))
  }

  /// Two extents of a node over one or two axes; along an axis that is not there, 1.
  private func window(_ node: NirNode, _ key: String, _ rank: Int) throws -> [Int] {
    [Int](repeating: 1, count: 2 - rank) + (try node.extents(key, count: rank, [1]))
  }

  /// Top, left, bottom, right; as PyTorch has it, what is odd in 'same' goes to the end.
  private func padding(
    _ node: NirNode, kernel: [Int], stride: [Int], dilation: [Int], rank: Int
  ) throws -> [Int] {
    switch try node.text("padding") {
    case "valid": return [0, 0, 0, 0]
    case "same":
      guard stride == [1, 1] else {
        throw node.diagnostic("padding 'same' with stride \(stride) has no meaning in NIR")
      }
      let totals = zip(kernel, dilation).map { ($0 - 1) * $1 }
      return totals.map { $0 / 2 } + totals.map { $0 - $0 / 2 }
    case let other?: throw node.diagnostic("padding '\(other)' is neither 'same' nor 'valid'")
    case nil:
      let both = [Int](repeating: 0, count: 2 - rank) + (try node.extents("padding", count: rank))
      return both + both
    }
  }

  /// SumPool2d and AvgPool2d; the average divides by the whole window, padding included.
  mutating func pool(_ node: NirNode, _ terms: [NirSignal], averages: Bool) throws -> [NirSignal] {
    let kernel = try node.extents("kernel_size", count: 2)
    let margin = try node.extents("padding", count: 2, [0])
    let window = Window2D(
      kernel: kernel, stride: try node.extents("stride", count: 2, kernel),
      padding: margin + margin)
    return try terms.map { term in
      let signal = try image(node, term, rank: 2)
      let operand = type(signal)
      guard let factor = signal.factor.perChannel(operand) else {
        throw node.diagnostic("takes values whose factors differ within a channel")
      }
      let pooled = try builder.add("", SumPool(window), signal.value.node)
      var result = NirSignal(value: Value(node: pooled, layout: signal.value.layout))
      result.factor = Scale(factor).simplified(type(result))
      result.bias = try signal.bias.map { bias in
        guard let bias = bias.perChannel(operand), margin == [0, 0] else {
          throw node.diagnostic("takes currents with a bias, whose share differs between windows")
        }
        return Scale(bias.map { $0 * Float(window.area) })
      }
      return averages ? try scaled(result, by: Scale([1 / Float(window.area)]), node) : result
    }
  }
}
