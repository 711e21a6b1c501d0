import SpikeIR

extension KerasContext {
  /// Dense. On a value of several dimensions it acts on the last: a convolution by 1x1.
  mutating func dense(_ call: LayerCall) throws -> Value {
    let (layer, value) = (call.layer, try call.value)
    let (shape, units) = (builder.shape(value), try layer.extent("units"))
    guard let inputs = shape.last else {
      throw layer.diagnostic("Dense takes a value of at least one dimension")
    }
    let stored = try weights(layer, [(.kernel, [[inputs, units]])] + bias(layer, units))
    let matrix = try stored[0].outputsFirst(units)
    let bias = try constant("bias", stored.dropFirst().first)
    guard shape.count > 1 else {
      let dense = Dense(weight: builder.constant("weight", [units, inputs], matrix), bias: bias)
      return try activate(try map(value, "", dense), layer)
    }
    let weight = builder.constant("weight", [units, 1, 1, inputs], matrix)
    let convolution = Convolution2D(weight: weight, bias: bias)
    let layout = Layout(order: Array(shape.indices), isRow: shape.count == 2)
    var node = try builder.arrange(value, to: layout)
    if shape.count > 3 {
      let rows = shape.dropLast().reduce(1, *)
      node = try builder.reshape(node, to: [rows, 1, inputs], "rows")
    }
    node = try builder.add("", convolution, node)
    if shape.count > 3 {
      node = try builder.reshape(node, to: shape.dropLast() + [units], "unrolled")
    }
    return try activate(Value(node: node, layout: layout), layer)
  }

  /// BatchNormalization over the axis that the layer names.
  mutating func batchNormalization(_ call: LayerCall) throws -> Value {
    let layer = call.layer
    if let mode = layer["mode"]?.integer, mode != 0 {
      throw layer.diagnostic(
        "BatchNormalization mode \(mode) takes its statistics from the batch at hand, not from"
          + " training", notes: ["train with mode=0"])
    }
    let axes = try layer.integers("axis") ?? [-1]
    guard axes.count == 1 else {
      throw layer.diagnostic("BatchNormalization over several axes \(axes) is not read")
    }
    let value = try withLast(try axis(axes[0], of: try call.value, layer), try call.value)
    let shape = [builder.nodeShape(value).last ?? 1]
    let (scales, centers) = (try layer.bool("scale", true), try layer.bool("center", true))
    let roles: [(WeightRole, Bool)] = [
      (.gamma, scales), (.beta, centers), (.mean, true), (.variance, true),
    ]
    let stored = try weights(layer, roles.filter(\.1).map { ($0.0, [shape]) })
    let epsilon = try layer.number("epsilon") ?? 1e-3
    let variance = try stored[stored.count - 1].values()
    guard variance.allSatisfy({ Double($0) + epsilon > 0 }) else {
      throw layer.diagnostic("the moving variance has a value that is not above -epsilon")
    }
    let mean = try stored[stored.count - 2].values()
    return try map(
      value, "",
      BatchNorm(
        gamma: constant("gamma", scales ? stored[0] : nil),
        beta: constant("beta", centers ? stored[scales ? 1 : 0] : nil),
        mean: builder.constant("mean", shape, mean),
        variance: builder.constant("variance", shape, variance), epsilon: epsilon))
  }

  /// Rescaling: `x · scale + offset`, each one number or one per channel.
  mutating func rescaling(_ call: LayerCall) throws -> Value {
    let (layer, value) = (call.layer, try withLast(ofKeras: try call.value))
    let channels = builder.nodeShape(value).last ?? 1
    func numbers(_ key: String, _ standard: Double) throws -> [Double] {
      let numbers = layer[key].map { $0.numbers ?? [] } ?? [standard]
      guard [1, channels].contains(numbers.count), numbers.allSatisfy({ Float($0).isFinite })
      else { throw layer.invalid(key, "one number or one per channel") }
      return numbers
    }
    let (scale, offset) = (try numbers("scale", 1), try numbers("offset", 0))
    return try self.scale(
      value, "", by: scale, plus: offset.allSatisfy { $0 == 0 } ? nil : offset)
  }

  /// Normalization: `(x - mean) / √variance` over the axes that the layer keeps.
  mutating func normalization(_ call: LayerCall) throws -> Value {
    let layer = call.layer
    let axes = try (layer.integers("axis") ?? []).map {
      try axis($0, of: try call.value, layer)
    }
    guard axes.count <= 1 else {
      throw layer.diagnostic("Normalization over several axes is not read")
    }
    let value = try axes.first.map { try withLast($0, try call.value) } ?? call.value
    let count = axes.isEmpty ? 1 : builder.nodeShape(value).last ?? 1
    let (mean, variance) = try statistics(layer, count)
    guard variance.allSatisfy({ $0 >= 0 }) else {
      throw layer.diagnostic("Normalization has a negative variance")
    }
    // Keras divides by at least its epsilon.
    let deviation = variance.map { max($0.squareRoot(), 1e-7) }
    if try layer.bool("invert", false) {
      return try scale(value, "", by: deviation, plus: mean)
    }
    return try scale(
      value, "", by: deviation.map { 1 / $0 }, plus: zip(mean, deviation).map { -$0 / $1 })
  }

  /// Mean and variance, from the configuration or from the weights; `count` of each.
  private mutating func statistics(_ layer: LayerConfig, _ count: Int) throws
    -> (mean: [Double], variance: [Double])
  {
    guard let mean = layer["mean"], let variance = layer["variance"] else {
      let shapes = count == 1 ? [[], [1]] : [[count]]
      let stored = try weights(layer, [(.mean, shapes), (.variance, shapes)])
      return (try stored[0].values().map(Double.init), try stored[1].values().map(Double.init))
    }
    let lists = [mean, variance].map { $0.numbers ?? [] }
    let full = lists.map { $0.count == 1 ? [Double](repeating: $0[0], count: count) : $0 }
    guard full.allSatisfy({ $0.count == count && $0.allSatisfy { Float($0).isFinite } }) else {
      throw layer.invalid("mean' and 'variance", "\(count) numbers")
    }
    return (full[0], full[1])
  }

  /// A value with the last Keras axis as the last of its node.
  mutating func withLast(ofKeras value: Value) throws -> Value {
    value.layout.order.isEmpty ? value : try withLast(value.layout.order.count - 1, value)
  }
}
