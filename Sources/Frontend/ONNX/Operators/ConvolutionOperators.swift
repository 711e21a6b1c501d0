import SpikeIR

extension OnnxContext {
  /// A value `[N, C, (H), W]` with a node `[H, W, C]`; a sequence is an image of one row.
  ///
  /// - Throws: a `Diagnostic` if it has another rank.
  mutating func image(_ call: OnnxCall) throws -> OnnxValue {
    let value = try call.value()
    guard (3...4).contains(value.axes.count) else {
      throw call.diagnostic(
        "on a value of shape \(value.shape) is not read: sequences [N, C, L] and images"
          + " [N, C, H, W] are")
    }
    guard value.axes[0].atoms.isEmpty, value.batchAxis ?? 0 == 0 else {
      throw call.diagnostic(
        "takes one sample at a time; a value of shape \(value.shape) has several in axis 0")
    }
    let spatial = value.axes.dropFirst(2).map(\.atoms)
    return try arranged(
      value, (spatial.count == 1 ? [[]] : []) + spatial + [value.axes[1].atoms])
  }

  /// The value of an operator on an image, as its node `[H, W, C]` gives it.
  mutating func imageResult(_ image: OnnxValue, _ node: NodeID) -> OnnxValue {
    let shape = builder.shape(of: node)
    let isRow = image.axes.count == 3
    let spatial = (isRow ? [shape[1]] : [shape[0], shape[1]]).map { arrangements.atoms($0) }
    let channels =
      image.axes[1].extent == shape[2] ? image.axes[1].atoms : arrangements.atoms(shape[2])
    return OnnxValue(
      node: node, axes: [image.axes[0], OnnxAxis(channels)] + spatial.map { OnnxAxis($0) },
      order: spatial.flatMap { $0 } + channels)
  }

  /// Conv, with groups and dilations.
  mutating func convolution(_ call: OnnxCall) throws -> OnnxOperand {
    let image = try image(call)
    let weights = try call.required(1, "kernel")
    let (shape, rank) = (weights.shape, image.axes.count - 2)
    let groups = try call.integer("group", 1)
    let channels = image.axes[1].extent
    guard shape.count == rank + 2, (1...channels).contains(groups), channels % groups == 0,
      shape[1] == channels / groups, shape[0] % groups == 0, shape.allSatisfy({ $0 > 0 })
    else {
      throw call.diagnostic(
        "has a kernel of shape \(shape) and \(groups) groups, which do not fit a value of shape"
          + " \(image.shape)")
    }
    let taps = Array(shape.dropFirst(2))
    if let stated = try call.integers("kernel_shape"), stated != taps {
      throw call.invalid("kernel_shape", "the kernel's, \(taps)")
    }
    let window = try OnnxWindow(call, kernel: taps, over: builder.shape(of: image.node))
    let kernel = try floats(
      weights, MatrixTransposition(rows: shape[1], columns: taps.reduce(1, *)))
    let weight = builder.constant("weight", [shape[0]] + window.kernel + [shape[1]], kernel)
    let convolution = Convolution2D(
      weight: weight, bias: try bias(call, count: shape[0]), stride: window.stride,
      padding: window.padding, dilation: window.dilation, groups: groups)
    return .value(imageResult(image, try builder.add("", convolution, image.node)))
  }

  private mutating func bias(_ call: OnnxCall, count: Int) throws -> ConstantID? {
    guard let bias = try call.constant(2, "bias") else { return nil }
    guard bias.count == count else {
      throw call.diagnostic("has a bias of shape \(bias.shape) for \(count) filters")
    }
    return builder.constant("bias", [count], try floats(bias))
  }
}
