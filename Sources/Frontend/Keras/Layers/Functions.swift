import SpikeIR

/// Functions that a model calls without a layer: `a + b`, `tf.nn.relu(x)`, `keras.ops.reshape`.
///
/// Keras 2 stores them as TFOpLambda, named by `function`; Keras 3 by a class per function.
extension KerasContext {
  /// The functions by the names that TensorFlow has for them.
  static let functions: [String: LayerBuilder] = {
    var table: [String: LayerBuilder] = [
      "math.add": { try $0.arithmetic($1, .add) },
      "math.subtract": { try $0.arithmetic($1, .subtract) },
      "math.multiply": { try $0.arithmetic($1, .multiply) },
      "math.truediv": { try $0.arithmetic($1, .divide) },
      "reshape": { try $0.reshapeFunction($1) },
      "concat": { try $0.concatenationFunction($1) },
      "transpose": { try $0.transposeFunction($1) },
      "math.reduce_mean": { try $0.meanFunction($1) },
      "nn.leaky_relu": { try $0.leakyFunction($1) },
      "identity": { context, call in try call.value },
    ]
    let aliases = [
      "__operators__.add": "math.add", "add": "math.add", "math.add_n": "math.add",
      "__operators__.sub": "math.subtract", "subtract": "math.subtract",
      "__operators__.mul": "math.multiply", "multiply": "math.multiply",
      "__operators__.truediv": "math.truediv", "math.divide": "math.truediv",
      "compat.v1.transpose": "transpose", "mean": "math.reduce_mean", "cast": "identity",
      "stop_gradient": "identity",
    ]
    for (alias, name) in aliases { table[alias] = table[name] }
    let activations = [
      "nn.relu": "relu", "nn.relu6": "relu6", "nn.softmax": "softmax", "nn.sigmoid": "sigmoid",
      "math.sigmoid": "sigmoid", "sigmoid": "sigmoid", "nn.tanh": "tanh", "math.tanh": "tanh",
      "tanh": "tanh", "nn.elu": "elu", "nn.selu": "selu", "nn.silu": "swish",
      "nn.swish": "swish", "nn.softplus": "softplus", "math.softplus": "softplus",
      "nn.softsign": "softsign", "nn.log_softmax": "log_softmax", "nn.gelu": "gelu",
    ]
    for (name, activation) in activations {
      guard let function = ActivationFunction.byName[activation] else { continue }
      table[name] = { try $0.apply(function, to: try $1.value, $1.layer, "") }
    }
    return table
  }()

  /// A function call stored as a layer of Keras 2.
  mutating func functionCall(_ call: LayerCall) throws -> Value {
    let name = call.layer["function"]?.string ?? ""
    guard let build = KerasContext.functions[name] else {
      throw call.layer.diagnostic(
        "calls the function tf.\(name), which is not read",
        notes: ["use layers (Add, ReLU, Reshape, ...) in place of functions"])
    }
    return try build(&self, call)
  }

  /// The four operations between two values, or a value and numbers.
  enum Arithmetic: Sendable { case add, subtract, multiply, divide }

  /// `a ∘ b`, where at most one side is a number or one number per channel.
  mutating func arithmetic(_ call: LayerCall, _ operation: Arithmetic) throws -> Value {
    let keywords = ["x", "y", "x1", "x2", "a", "b", "inputs"].compactMap { call.keywords[$0] }
    let operands = (call.arguments + keywords).flatMap { argument -> [Argument] in
      if case .list(let list) = argument, argument.literal == nil { return list }
      return [argument]
    }.filter { if case .literal(let json) = $0 { json.numbers != nil } else { true } }
    let values = operands.flatMap(\.values)
    switch (operation, values.count) {
    case (.add, 2...) where values.count == operands.count:
      return try sum(values, "", call.layer)
    case (.subtract, 2):
      let negated = try scale(values[1], "negated", by: [-1], plus: nil)
      return try sum([values[0], negated], "", call.layer)
    case (_, 1) where operands.count == 2:
      return try arithmetic(operands, values[0], operation, call.layer)
    case (.multiply, 2...), (.divide, 2...):
      throw call.layer.diagnostic(
        "multiplies or divides values of the network by each other, which has no rate code",
        notes: ["spike trains can be added, joined, and scaled by constants"])
    default:
      throw call.layer.diagnostic(
        "\(call.layer.className) of \(values.count) values and"
          + " \(operands.count - values.count) constants is not read")
    }
  }

  private mutating func arithmetic(
    _ operands: [Argument], _ stored: Value, _ operation: Arithmetic, _ layer: LayerConfig
  ) throws -> Value {
    let value = try withLast(ofKeras: stored)
    let channels = builder.nodeShape(value).last ?? 1
    let numbers = operands.lazy.compactMap { $0.literal?.numbers }.first ?? []
    guard [1, channels].contains(numbers.count), numbers.allSatisfy({ Float($0).isFinite }) else {
      throw layer.diagnostic("a constant operand must be one number or one per channel")
    }
    let isReversed = operands[0].values.isEmpty
    let ones = numbers.map { _ in 1.0 }
    switch operation {
    case .add: return try scale(value, "", by: ones, plus: numbers)
    case .subtract where isReversed:
      return try scale(value, "", by: ones.map { -$0 }, plus: numbers)
    case .subtract: return try scale(value, "", by: ones, plus: numbers.map { -$0 })
    case .multiply: return try scale(value, "", by: numbers, plus: nil)
    case .divide where !isReversed && numbers.allSatisfy({ Float(1 / $0).isFinite }):
      return try scale(value, "", by: numbers.map { 1 / $0 }, plus: nil)
    case .divide:
      throw layer.diagnostic("a division by 0, or by a value of the network, is not read")
    }
  }

  private mutating func reshapeFunction(_ call: LayerCall) throws -> Value {
    let shape = call.argument(1, "shape", "newshape")?.literal?.array?.compactMap(\.integer)
    let target = try shape ?? call.layer.integers("newshape")
    guard let target, !target.isEmpty else {
      throw call.layer.diagnostic("a reshape to a shape that is computed is not read")
    }
    return try reshape(first(call), to: Array(target.dropFirst()), call.layer)
  }

  private mutating func concatenationFunction(_ call: LayerCall) throws -> Value {
    let named = call.argument(1, "axis")?.literal?.integer
    let values = call.values.isEmpty ? call.keywords["values"]?.values ?? [] : call.values
    return try concatenate(
      values, axis: try named ?? call.layer.integers("axis")?.first ?? -1, call.layer)
  }

  private mutating func transposeFunction(_ call: LayerCall) throws -> Value {
    let given = call.argument(1, "perm", "axes")?.literal?.array?.compactMap(\.integer)
    guard let axes = try given ?? call.layer.integers("axes"), axes.first == 0 else {
      throw call.layer.diagnostic("a transposition that moves the batch is not read")
    }
    return try permute(first(call), axes.dropFirst().map { $0 - 1 }, call.layer)
  }

  /// The mean over height and width is a global average pooling; no other is read.
  private mutating func meanFunction(_ call: LayerCall) throws -> Value {
    let given = call.argument(1, "axis")?.literal
    let axes =
      try given.map { $0.array?.compactMap(\.integer) ?? [$0.integer].compactMap { $0 } }
      ?? call.layer.integers("axis") ?? []
    let value = try first(call)
    let positions = try axes.map { try axis($0, of: value, call.layer) }.sorted()
    let rank = value.layout.order.count
    guard rank == 3, positions == [0, 1] || positions == [1, 2] else {
      throw call.layer.diagnostic("a mean is read over height and width only, not over \(axes)")
    }
    let keeps = call.argument(2, "keepdims")?.literal ?? call.layer["keepdims"] ?? .bool(false)
    let format = positions == [0, 1] ? "channels_last" : "channels_first"
    let config: JSON = .object(["keepdims": keeps, "data_format": .string(format)])
    let layer = call.layer.nested(className: call.layer.className, config: config)
    return try globalPooling(LayerCall(layer: layer, arguments: [.value(value)]), rank: 2)
  }

  private mutating func leakyFunction(_ call: LayerCall) throws -> Value {
    let slope = call.argument(1, "alpha", "negative_slope")?.literal?.number
    return try apply(
      .leaky(slope: try slope ?? call.layer.number("negative_slope") ?? 0.2), to: first(call),
      call.layer, "")
  }

  private func first(_ call: LayerCall) throws -> Value {
    guard let value = call.values.first, call.values.count == 1 else {
      throw call.layer.diagnostic("takes one value, not \(call.values.count)")
    }
    return value
  }
}
