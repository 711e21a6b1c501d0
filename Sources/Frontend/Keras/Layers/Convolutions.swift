import SpikeIR

extension KerasContext {
  /// Conv1D and Conv2D, with groups.
  mutating func convolution(_ call: LayerCall, rank: Int) throws -> Value {
    let layer = call.layer
    let input = try image(call, rank: rank)
    let window = try SlidingWindow(layer, kernel: "kernel_size", rank: rank)
    let (filters, groups) = (try layer.extent("filters"), try layer.extent("groups", 1))
    let channels = builder.nodeShape(input)[2]
    guard channels % groups == 0, filters % groups == 0 else {
      throw layer.diagnostic("\(groups) groups do not divide \(channels) and \(filters) channels")
    }
    let stored = try weights(
      layer,
      [
        (.kernel, kernelShapes(layer, window, channels: channels / groups, filters: filters))
      ] + bias(layer, filters))
    let kernel = try oriented(
      stored[0], layer, window, channels: channels / groups, filters: filters)
    let weight = builder.constant(
      "weight", [filters] + window.kernel + [channels / groups], kernel)
    let padding = try paddingKind(layer, rank: rank)
    let convolution = try Convolution2D(
      weight: weight, bias: constant("bias", stored.dropFirst().first), stride: window.stride,
      padding: window.padding(padding, of: builder.nodeShape(input)), dilation: window.dilation,
      groups: groups)
    return try activate(try map(input, "", convolution), layer)
  }

  /// DepthwiseConv1D and DepthwiseConv2D: `depth_multiplier` filters on each channel alone.
  mutating func depthwiseConvolution(_ call: LayerCall, rank: Int) throws -> Value {
    let layer = call.layer
    let input = try image(call, rank: rank)
    let window = try SlidingWindow(layer, kernel: "kernel_size", rank: rank)
    let channels = builder.nodeShape(input)[2]
    let filters = channels * (try layer.extent("depth_multiplier", 1))
    let stored = try weights(
      layer,
      [(.depthwise, depthwiseShapes(window, channels, filters))] + bias(layer, filters))
    let node = try depthwise(
      "", input, stored[0], layer, window, bias: constant("bias", stored.dropFirst().first))
    return try activate(node, layer)
  }

  /// SeparableConv1D and SeparableConv2D: a depthwise convolution, then a pointwise one.
  mutating func separableConvolution(_ call: LayerCall, rank: Int) throws -> Value {
    let layer = call.layer
    guard !layer.hasTheanoKernelOrder else {
      throw layer.diagnostic("separable kernels of Keras 1 in Theano's order are not read")
    }
    let input = try image(call, rank: rank)
    let window = try SlidingWindow(layer, kernel: "kernel_size", rank: rank)
    let channels = builder.nodeShape(input)[2]
    let inner = channels * (try layer.extent("depth_multiplier", 1))
    let filters = try layer.extent("filters")
    let pointwiseShape = [Int](repeating: 1, count: rank) + [inner, filters]
    let stored = try weights(
      layer,
      [
        (.depthwise, depthwiseShapes(window, channels, inner)), (.pointwise, [pointwiseShape]),
      ] + bias(layer, filters))
    let depthwise = try depthwise("depthwise", input, stored[0], layer, window, bias: nil)
    let weight = builder.constant(
      "weight", [filters, 1, 1, inner], try stored[1].outputsFirst(filters))
    let pointwise = try Convolution2D(
      weight: weight, bias: constant("bias", stored.dropFirst(2).first))
    return try activate(try map(depthwise, "", pointwise), layer)
  }

  private mutating func depthwise(
    _ suffix: String, _ input: Value, _ stored: StoredWeight, _ layer: LayerConfig,
    _ window: SlidingWindow, bias: ConstantID?
  ) throws -> Value {
    let channels = builder.nodeShape(input)[2]
    let filters = stored.shape.reduce(1, *) / (window.kernel[0] * window.kernel[1])
    // [h, w, C, M]: filter m of channel c is output c·M + m, so the last two axes are the outputs.
    var kernel = try stored.outputsFirst(filters)
    if weights.flipsKernels {
      kernel = Kernel.rotated(kernel, taps: window.kernel[0] * window.kernel[1], channels: 1)
    }
    let name = suffix.isEmpty ? "weight" : "\(suffix).weight"
    let padding = try paddingKind(layer, rank: window.rank)
    let convolution = Convolution2D(
      weight: builder.constant(name, [filters] + window.kernel + [1], kernel), bias: bias,
      stride: window.stride, padding: window.padding(padding, of: builder.nodeShape(input)),
      dilation: window.dilation, groups: channels)
    return try map(input, suffix, convolution)
  }

  private func paddingKind(_ layer: LayerConfig, rank: Int) throws -> String {
    try layer.choice(
      "padding", "valid", of: rank == 1 ? ["valid", "same", "causal"] : ["valid", "same"])
  }

  /// The role and shape of the bias, if the layer has one.
  func bias(_ layer: LayerConfig, _ count: Int) throws -> [(role: WeightRole, shapes: [[Int]])] {
    try layer.bool("use_bias", true) ? [(.bias, [[count]])] : []
  }

  /// A stored weight as a constant of the current layer.
  mutating func constant(_ name: String, _ stored: StoredWeight?) throws -> ConstantID? {
    try stored.map { builder.constant(name, $0.shape, try $0.values()) }
  }

  /// The shapes in which a kernel may be stored.
  private func kernelShapes(
    _ layer: LayerConfig, _ window: SlidingWindow, channels: Int, filters: Int
  ) -> [[Int]] {
    let kernel = window.kernel
    if layer.hasTheanoKernelOrder { return [[filters, channels] + kernel] }
    if window.rank == 2 { return [kernel + [channels, filters]] }
    // Keras 1 stored a sequence's kernel as an image of one column.
    return [
      [kernel[1], channels, filters], [kernel[1], 1, channels, filters],
      [filters, channels, kernel[1], 1],
    ]
  }

  private func depthwiseShapes(_ window: SlidingWindow, _ channels: Int, _ filters: Int) -> [[Int]]
  {
    [window.kernel.suffix(window.rank) + [channels, filters / channels]]
  }

  /// A kernel as `[O, h, w, C]`.
  private func oriented(
    _ stored: StoredWeight, _ layer: LayerConfig, _ window: SlidingWindow, channels: Int,
    filters: Int
  ) throws -> [Float] {
    let isOutputsFirst =
      layer.hasTheanoKernelOrder
      || (window.rank == 1 && stored.shape == [filters, channels, window.kernel[1], 1]
        && stored.shape != [window.kernel[1], 1, channels, filters])
    let taps = window.kernel[0] * window.kernel[1]
    var kernel =
      try isOutputsFirst
      ? Tensor([filters, channels, taps], stored.values()).transposed([0, 2, 1]).floats
      : stored.outputsFirst(filters)
    if weights.flipsKernels {
      kernel = Kernel.rotated(kernel, taps: taps, channels: channels)
    }
    return kernel
  }
}
