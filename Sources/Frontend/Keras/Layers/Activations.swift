import SpikeIR

/// What an activation's name stands for in the IR.
enum ActivationFunction: Sendable {
  case linear
  case relu(ceiling: Double?)
  case leaky(slope: Double)
  case smooth(Activation.Function)
  /// Keras 2: `clip(0.2 x + 0.5, 0, 1)`; Keras 3: `clip(x / 6 + 0.5, 0, 1)`.
  case hardSigmoid

  /// The functions by the names that Keras gives them.
  static let byName: [String: ActivationFunction] = [
    "linear": .linear, "relu": .relu(ceiling: nil), "relu6": .relu(ceiling: 6),
    "leaky_relu": .leaky(slope: 0.2), "softmax": .smooth(.softmax), "sigmoid": .smooth(.sigmoid),
    "tanh": .smooth(.tanh), "softplus": .smooth(.softplus), "softsign": .smooth(.softsign),
    "elu": .smooth(.elu), "selu": .smooth(.selu), "gelu": .smooth(.gelu),
    "exponential": .smooth(.exponential), "log_softmax": .smooth(.logSoftmax),
    "swish": .smooth(.swish), "silu": .smooth(.swish), "hard_sigmoid": .hardSigmoid,
    "hard_swish": .smooth(.hardSwish), "hard_silu": .smooth(.hardSwish),
  ]

  /// What the node is called behind the layer's name.
  var suffix: String {
    switch self {
    case .linear: ""
    case .relu: "relu"
    case .leaky: "leaky_relu"
    case .smooth(let function): function.rawValue
    case .hardSigmoid: "hard_sigmoid"
    }
  }
}

extension KerasContext {
  /// Applies what a layer's own `activation` says.
  mutating func activate(_ value: Value, _ layer: LayerConfig) throws -> Value {
    guard let activation = layer["activation"] else { return value }
    return try apply(activation, to: value, layer, isOwnLayer: false)
  }

  /// Activation: nothing but the function.
  mutating func activation(_ call: LayerCall) throws -> Value {
    guard let activation = call.layer["activation"] else { return try call.value }
    return try apply(activation, to: try call.value, call.layer, isOwnLayer: true)
  }

  /// A function given by name, or as `{"class_name": ..., "config": ...}`.
  private mutating func apply(
    _ activation: JSON, to value: Value, _ layer: LayerConfig, isOwnLayer: Bool
  ) throws -> Value {
    if let name = activation.string ?? activation["config"]?.string {
      return try apply(named: name, to: value, layer, isOwnLayer: isOwnLayer)
    }
    guard let className = activation["class_name"]?.string else {
      throw layer.invalid("activation", "a name or a layer")
    }
    let inner = layer.nested(className: className, config: activation["config"])
    guard let build = KerasContext.activationLayers[className] else {
      throw unknown(className, layer)
    }
    return try build(&self, LayerCall(layer: inner, arguments: [.value(value)]))
  }

  private mutating func apply(
    named name: String, to value: Value, _ layer: LayerConfig, isOwnLayer: Bool
  ) throws -> Value {
    guard let function = ActivationFunction.byName[name] else { throw unknown(name, layer) }
    return try apply(function, to: value, layer, isOwnLayer ? "" : function.suffix)
  }

  private func unknown(_ name: String, _ layer: LayerConfig) -> Diagnostic {
    let near = name.nearest(in: ActivationFunction.byName.keys.sorted())
    return layer.diagnostic(
      "the activation '\(name)' is not known: it is a function of the model's own code or newer"
        + " than this program",
      notes: (near.map { ["did you mean '\($0)'?"] } ?? [])
        + ["use relu, or relu6, where the network is trained"])
  }

  /// Adds the nodes of a function.
  mutating func apply(
    _ function: ActivationFunction, to value: Value, _ layer: LayerConfig, _ suffix: String
  ) throws -> Value {
    switch function {
    case .linear: return value
    case .relu(let ceiling): return try map(value, suffix, ReLU(ceiling: ceiling))
    case .leaky(let slope): return try leaky(value, suffix, slope)
    case .hardSigmoid:
      // The IR's has Keras 2's slope of 0.2; a factor before it gives Keras 3's 1/6.
      let input =
        layer.majorVersion < 3 ? value : try scale(value, "slope", by: [5.0 / 6], plus: nil)
      return try map(input, suffix, Activation(.hardSigmoid, alpha: 0.2))
    case .smooth(let function):
      let isRowwise = function == .softmax || function == .logSoftmax
      let input = isRowwise ? try withLast(ofKeras: value) : value
      return try map(input, suffix, Activation(function))
    }
  }

  private mutating func leaky(_ value: Value, _ suffix: String, _ slope: Double) throws -> Value {
    if slope == 0 { return try map(value, suffix, ReLU()) }
    let name = suffix.isEmpty ? "slope" : "\(suffix).slope"
    return try map(value, suffix, LeakyReLU(slope: builder.constant(name, [1], [Float(slope)])))
  }

  /// The layers that stand for a function and hold no weights.
  static let activationLayers: [String: LayerBuilder] = [
    "ReLU": { try $0.rectification($1) },
    "LeakyReLU": { try $0.leakyRectification($1) },
    "ELU": { try $0.exponentialLinear($1) },
    "Softmax": { try $0.softmax($1) },
  ]

  /// ReLU with its largest value and the slope of its negative side.
  mutating func rectification(_ call: LayerCall) throws -> Value {
    let (layer, value) = (call.layer, try call.value)
    let threshold = try layer.number("threshold") ?? 0
    guard threshold == 0 else {
      throw layer.diagnostic(
        "a ReLU with threshold \(threshold) jumps there, and has no rate code",
        notes: ["train with threshold=0"])
    }
    let slope = try layer.number("negative_slope") ?? 0
    let ceiling = try layer.number("max_value")
    guard slope == 0 || ceiling == nil else {
      throw layer.diagnostic("a ReLU with both negative_slope and max_value is not read")
    }
    if let ceiling {
      guard ceiling > 0 else { throw layer.invalid("max_value", "above 0") }
      return try map(value, "", ReLU(ceiling: ceiling))
    }
    return try leaky(value, "", slope)
  }

  /// LeakyReLU.
  mutating func leakyRectification(_ call: LayerCall) throws -> Value {
    let layer = call.layer
    let slope = try layer.number("negative_slope") ?? layer.number("alpha") ?? 0.3
    return try leaky(try call.value, "", slope)
  }

  /// ELU.
  mutating func exponentialLinear(_ call: LayerCall) throws -> Value {
    let alpha = try call.layer.number("alpha") ?? 1
    return try map(try call.value, "", Activation(.elu, alpha: alpha))
  }

  /// Softmax over one axis.
  mutating func softmax(_ call: LayerCall) throws -> Value {
    let axes = try call.layer.integers("axis") ?? [-1]
    guard axes.count == 1 else {
      throw call.layer.diagnostic("Softmax over several axes \(axes) is not read")
    }
    let value = try withLast(try axis(axes[0], of: try call.value, call.layer), try call.value)
    return try map(value, "", Activation(.softmax))
  }

  /// PReLU: a trained slope per element, or per channel where the other axes share it.
  mutating func parametricRectification(_ call: LayerCall) throws -> Value {
    let (layer, value) = (call.layer, try withLast(ofKeras: try call.value))
    let shape = builder.shape(value)
    var slopes = shape
    for shared in try layer.integers("shared_axes") ?? [] {
      slopes[try axis(shared, of: value, layer)] = 1
    }
    let stored = try weights(layer, [(.slopes, [slopes])])[0]
    if slopes.dropLast().allSatisfy({ $0 == 1 }) {
      let values = try stored.values()
      let slope = builder.constant("slope", [values.count], values)
      return try map(value, "", LeakyReLU(slope: slope))
    }
    guard shape == slopes, !value.layout.isRow, value.layout == .plain(shape.count) else {
      return try elementwiseSlopes(value, stored, slopes, layer)
    }
    let slope = builder.constant("slope", shape, try stored.values())
    return try map(value, "", LeakyReLU(slope: slope))
  }

  /// Slopes that some axes share: repeated along them.
  private mutating func elementwiseSlopes(
    _ value: Value, _ stored: StoredWeight, _ slopes: [Int], _ layer: LayerConfig
  ) throws -> Value {
    let shape = builder.shape(value)
    guard shape.reduce(1, *) <= 1 << 24 else {
      throw layer.diagnostic("PReLU slopes for a value of shape \(shape) are too many")
    }
    let full = repeated(try stored.values(), from: slopes, to: shape)
    let plain = Value(node: try builder.plain(value), layout: .plain(shape.count))
    return try map(plain, "", LeakyReLU(slope: builder.constant("slope", shape, full)))
  }

  /// Repeats values along the axes where `small` has extent 1 and `large` more.
  private func repeated(_ values: [Float], from small: [Int], to large: [Int]) -> [Float] {
    var indices = [0]
    for (extent, target) in zip(small, large) {
      indices = indices.flatMap { base in
        (0..<target).map { base * extent + (extent == 1 ? 0 : $0) }
      }
    }
    return indices.map { values[$0] }
  }
}
