import SpikeIR

extension OnnxContext {
  /// An activation function of each element.
  mutating func function(_ call: OnnxCall, _ function: Activation.Function, alpha: Double? = nil)
    throws -> OnnxOperand
  {
    let alpha = try alpha.map { try call.number("alpha") ?? $0 } ?? 1
    return .value(try map(try call.value(), Activation(function, alpha: alpha)))
  }

  /// Selu: `gamma · elu(x)`, usually with the two numbers that the IR's has.
  mutating func selu(_ call: OnnxCall) throws -> OnnxOperand {
    let (alpha, gamma) = (try call.number("alpha") ?? 1.67326, try call.number("gamma") ?? 1.0507)
    if abs(alpha - 1.67326) < 1e-4, abs(gamma - 1.0507) < 1e-4 {
      return try function(call, .selu)
    }
    let elu = try map(try call.value(), Activation(.elu, alpha: alpha), "elu")
    return .value(try scale(elu, by: OnnxConstant([], [Float(gamma)]), call))
  }

  /// Gelu; the approximation by tanh is another function.
  mutating func gelu(_ call: OnnxCall) throws -> OnnxOperand {
    guard try call.text("approximate", "none") == "none" else {
      throw call.diagnostic("approximated by tanh is not read", notes: ["train with ReLU"])
    }
    return try function(call, .gelu)
  }

  /// HardSigmoid: `clip(alpha · x + beta, 0, 1)`, a rectification with a ceiling.
  mutating func hardSigmoid(_ call: OnnxCall) throws -> OnnxOperand {
    let (alpha, beta) = (try call.number("alpha") ?? 0.2, try call.number("beta") ?? 0.5)
    let weight = builder.constant("weight", [1], [Float(alpha)])
    let bias = builder.constant("bias", [1], [Float(beta)])
    let line = try map(try call.value(), Diagonal(weight: weight, bias: bias), "line")
    return .value(try map(line, ReLU(ceiling: 1)))
  }

  /// LeakyRelu.
  mutating func leakyRelu(_ call: OnnxCall) throws -> OnnxOperand {
    let slope = Float(try call.number("alpha") ?? 0.01)
    if slope == 0 { return .value(try map(try call.value(), ReLU())) }
    return .value(
      try map(try call.value(), LeakyReLU(slope: builder.constant("slope", [1], [slope]))))
  }

  /// PRelu: trained slopes, spread over the value. Slopes of shape `[C]` were meant for the
  /// channels before opset 7.
  mutating func parametricRelu(_ call: OnnxCall) throws -> OnnxOperand {
    let value = try call.value()
    var slopes = try call.required(1, "slope")
    if call.opset < 7, slopes.shape.count == 1, value.axes.count > 2 {
      let trailing = [Int](repeating: 1, count: value.axes.count - 2)
      slopes = slopes.reshaped(slopes.shape + trailing)
    }
    let slope = try broadcast(slopes, onto: value, call)
    return .value(
      try map(
        slope.value, LeakyReLU(slope: builder.constant("slope", slope.shape, slope.values))))
  }

  /// Clip between attributes, or, since opset 11, inputs.
  mutating func clip(_ call: OnnxCall) throws -> OnnxOperand {
    func bound(_ name: String, _ index: Int) throws -> Double? {
      if let constant = try call.constant(index, name) {
        return try constant.floats().first.map { Double($0) }
      }
      guard case .float(let value)? = call.node.attributes[name] else { return nil }
      return Double(value)
    }
    return .value(
      try clip(try call.value(), low: try bound("min", 1), high: try bound("max", 2), call))
  }

  /// Max or Min of a value and constants of one element.
  mutating func extremum(_ call: OnnxCall, isMax: Bool) throws -> OnnxOperand {
    var bound: Double?
    var values: [OnnxValue] = []
    for index in call.operands.indices {
      if case .value = call.operand(index) {
        values.append(try call.value(index))
      } else {
        let constant = try call.required(index, "bound")
        guard constant.count == 1 else { throw call.diagnostic("with a tensor is not read") }
        let number = Double(try constant.floats()[0])
        bound = bound.map { isMax ? max($0, number) : min($0, number) } ?? number
      }
    }
    guard values.count == 1 else {
      throw call.diagnostic(
        "takes the larger or smaller of two branches, which has no rate code",
        notes: ["use Add or Concat in its place"])
    }
    return .value(try clip(values[0], low: isMax ? bound : nil, high: isMax ? nil : bound, call))
  }

  /// `min(max(x, low), high)`: a rectification of the value shifted by `low`, with a ceiling.
  ///
  /// Bounds at the limits of a float are none.
  mutating func clip(_ value: OnnxValue, low: Double?, high: Double?, _ call: OnnxCall) throws
    -> OnnxValue
  {
    let largest = Double(Float.greatestFiniteMagnitude) * 0.999
    let low = low.flatMap { $0 > -largest ? $0 : nil }
    let high = high.flatMap { $0 < largest ? $0 : nil }
    guard let low else {
      guard let high else { return value }
      // min(x, high) = high - max(high - x, 0)
      let below = try line(value, -1, high, "below")
      return try line(try map(below, ReLU(), "cut"), -1, high, "")
    }
    guard high.map({ $0 > low }) ?? true, low.isFinite else {
      throw call.diagnostic(
        "keeps values between \(low) and \(high ?? .infinity), which leaves one value only")
    }
    let ceiling = high.map { $0 - low }
    if low == 0 { return try map(value, ReLU(ceiling: ceiling)) }
    let above = try line(value, 1, -low, "above")
    return try line(try map(above, ReLU(ceiling: ceiling), "cut"), 1, low, "")
  }

  private mutating func line(
    _ value: OnnxValue, _ slope: Double, _ offset: Double, _ suffix: String
  ) throws -> OnnxValue {
    let prefix = suffix.isEmpty ? "" : "\(suffix)."
    let weight = builder.constant("\(prefix)weight", [1], [Float(slope)])
    let bias = builder.constant("\(prefix)bias", [1], [Float(offset)])
    return try map(value, Diagonal(weight: weight, bias: bias), suffix)
  }

  /// Softmax or LogSoftmax: until opset 13 over all axes from `axis` on, since then over one.
  mutating func softmax(_ call: OnnxCall, _ function: Activation.Function) throws -> OnnxOperand {
    let value = try call.value()
    let rank = value.axes.count
    let axis = try call.position(try call.integer("axis", call.opset < 13 ? 1 : -1), rank: rank)
    let axes = call.opset < 13 ? Array(axis..<rank) : [axis]
    guard axes.allSatisfy({ value.axes[$0].batch == nil }) else {
      throw call.diagnostic("mixes the samples of a batch")
    }
    let atoms = axes.flatMap { value.axes[$0].atoms }
    let shape = builder.shape(of: value.node)
    // A node of no axes, or one that ends with an axis of another extent, must be reshaped.
    let last =
      atoms.isEmpty && shape.last != 1
      ? try arranged(value, value.order.map { [$0] } + [[]]) : try withLast(atoms, value)
    return .value(try map(last, Activation(function)))
  }

  /// BatchNormalization in its form for inference, over axis 1.
  mutating func batchNormalization(_ call: OnnxCall) throws -> OnnxOperand {
    var value = try call.value()
    guard try call.integer("training_mode", 0) == 0, !call.hasFurtherOutputs else {
      throw call.diagnostic(
        "is in training mode: it takes its statistics from the batch at hand",
        notes: ["export the model for inference: model.eval()"])
    }
    guard value.axes.count >= 2 else {
      throw call.diagnostic("takes a value of at least two axes, not of shape \(value.shape)")
    }
    let parts = try ["scale", "bias", "mean", "variance"].enumerated().map {
      try call.required($0 + 1, $1)
    }
    let epsilon = try call.number("epsilon") ?? 1e-5
    let statistics = try parts.map { try floats($0) }
    let channels = value.axes[1].extent
    guard statistics[3].allSatisfy({ Double($0) + epsilon > 0 }) else {
      throw call.diagnostic("has a variance that is not above -epsilon")
    }
    if call.opset < 9, try call.integer("spatial", 1) == 0, parts[0].count != channels {
      return .value(try elementwiseNormalization(value, parts, statistics, epsilon, call))
    }
    guard statistics.allSatisfy({ $0.count == channels }) else {
      throw call.diagnostic(
        "has statistics of shapes \(parts.map(\.shape)) for a value of shape \(value.shape), whose"
          + " axis 1 has \(channels) channels",
        notes: ["the exporter wrote a model that ONNX does not allow; use another exporter"])
    }
    value = try withLast(value.axes[1].atoms, value)
    if value.axes[1].atoms.isEmpty, builder.shape(of: value.node).last != 1 {
      value = try arranged(value, value.order.map { [$0] } + [[]])
    }
    let order = value.order.suffix(value.axes[1].atoms.count)
    let ids = zip(["gamma", "beta", "mean", "variance"], statistics).map { name, numbers in
      let moved = Spread([channels], [value.axes[1]]).values(numbers, in: Array(order))
      return builder.constant(name, [channels], moved)
    }
    return .value(
      try map(
        value,
        BatchNorm(gamma: ids[0], beta: ids[1], mean: ids[2], variance: ids[3], epsilon: epsilon)))
  }

  /// Statistics of each element (`spatial=0`), which only old opsets have.
  private mutating func elementwiseNormalization(
    _ value: OnnxValue, _ parts: [OnnxConstant], _ statistics: [[Float]], _ epsilon: Double,
    _ call: OnnxCall
  ) throws -> OnnxValue {
    guard statistics.allSatisfy({ $0.count == statistics[0].count }) else {
      throw call.diagnostic("has statistics of different shapes")
    }
    let factors = zip(statistics[0], statistics[3]).map {
      Float(Double($0) / (Double($1) + epsilon).squareRoot())
    }
    let offsets = statistics[1].indices.map { index in
      statistics[1][index] - statistics[2][index] * factors[index]
    }
    let scaled = try scale(value, by: OnnxConstant(parts[0].shape, factors), call)
    return try shift(scaled, by: OnnxConstant(parts[0].shape, offsets), call)
  }
}
