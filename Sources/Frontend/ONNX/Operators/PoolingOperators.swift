import SpikeIR

extension OnnxContext {
  /// MaxPool.
  mutating func maxPool(_ call: OnnxCall) throws -> OnnxOperand {
    let image = try image(call)
    let window = try poolingWindow(call, image)
    let isCeiling = try call.integer("ceil_mode", 0) != 0
    let pool = MaxPool((isCeiling ? window.roundedUp : window).window)
    return .value(imageResult(image, try builder.add("", pool, image.node)))
  }

  /// AveragePool; padding counts only where `count_include_pad` says so, and never what rounding
  /// the number of windows up adds.
  mutating func averagePool(_ call: OnnxCall) throws -> OnnxOperand {
    let image = try image(call)
    let window = try poolingWindow(call, image)
    let countsPadding = try call.integer("count_include_pad", 0) != 0
    guard try call.integer("ceil_mode", 0) != 0, window.growsByCeiling else {
      let pool = AveragePool(window.window, countsPadding: countsPadding)
      return .value(imageResult(image, try builder.add("", pool, image.node)))
    }
    var (node, rounded) = (image.node, window.roundedUp)
    if countsPadding, window.padding != [0, 0, 0, 0] {
      node = try builder.add("padded", Pad(padding: window.padding), node)
      rounded = rounded.without(window.padding)
    }
    return .value(imageResult(image, try builder.add("", AveragePool(rounded.window), node)))
  }

  private func poolingWindow(_ call: OnnxCall, _ image: OnnxValue) throws -> OnnxWindow {
    guard let kernel = try call.integers("kernel_shape"), kernel.count == image.axes.count - 2
    else { throw call.invalid("kernel_shape", "one number per dimension") }
    let window = try OnnxWindow(call, kernel: kernel, over: builder.shape(of: image.node))
    guard window.dilation == [1, 1] else {
      throw call.diagnostic("with dilations is not read", notes: ["pool without dilations"])
    }
    return window
  }

  /// GlobalAveragePool, or GlobalMaxPool for `isMax`.
  mutating func globalPool(_ call: OnnxCall, isMax: Bool) throws -> OnnxOperand {
    let rank = try call.value().axes.count
    guard rank > 2 else { throw call.diagnostic("takes a value of at least three axes") }
    return .value(try reduce(call, Array(2..<rank), keepsAxes: true, isMax: isMax))
  }

  /// ReduceMean, or ReduceMax for `isMax`, over the axes of an attribute or an input.
  mutating func reduction(_ call: OnnxCall, isMax: Bool) throws -> OnnxOperand {
    let value = try call.value()
    var axes = try call.integers("axes", orInput: 1) ?? []
    if axes.isEmpty {
      if try call.integer("noop_with_empty_axes", 0) != 0 { return .value(value) }
      axes = Array(value.axes.indices)
    }
    return .value(
      try reduce(
        call, try call.positions(axes, rank: value.axes.count),
        keepsAxes: try call.integer("keepdims", 1) != 0, isMax: isMax))
  }

  /// The mean or maximum over axes: a pooling whose window spans them.
  private mutating func reduce(_ call: OnnxCall, _ axes: [Int], keepsAxes: Bool, isMax: Bool)
    throws -> OnnxValue
  {
    let value = try call.value()
    guard axes.allSatisfy({ value.axes[$0].batch == nil }) else {
      throw call.diagnostic("mixes the samples of a batch")
    }
    let reduced = axes.map { value.axes[$0].atoms }
    let kept = value.axes.indices.filter { !axes.contains($0) }.flatMap { value.axes[$0].atoms }
    let spatial =
      reduced.count == 2
      ? reduced : reduced.count == 1 ? [[]] + reduced : [reduced.flatMap { $0 }, []]
    var result = try arranged(value, spatial + [kept])
    let window = Window2D(kernel: spatial.map(\.extent), stride: [1, 1])
    result = try map(result, isMax ? MaxPool(window) : AveragePool(window))
    result.order = kept
    for axis in axes { result.axes[axis] = OnnxAxis([]) }
    if !keepsAxes { for axis in axes.reversed() { result.axes.remove(at: axis) } }
    return result
  }
}

extension OnnxWindow {
  /// The window of a pooling.
  fileprivate var window: Window2D {
    Window2D(kernel: kernel, stride: stride, padding: padding)
  }
}
