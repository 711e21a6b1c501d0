import SpikeIR

/// What a layer or function is applied to.
indirect enum Argument {
  case value(Value)
  case literal(JSON)
  case list([Argument])

  /// The values in it, in order.
  var values: [Value] {
    switch self {
    case .value(let value): [value]
    case .literal: []
    case .list(let elements): elements.flatMap(\.values)
    }
  }

  /// It as a configuration value; nil if it holds a network's value.
  var literal: JSON? {
    switch self {
    case .value: return nil
    case .literal(let json): return json
    case .list(let elements):
      let literals = elements.compactMap(\.literal)
      return literals.count == elements.count ? .array(literals) : nil
    }
  }
}

/// One application of a layer.
struct LayerCall {
  let layer: LayerConfig
  /// What stands in the call, in order.
  let arguments: [Argument]
  /// What is given by name.
  var keywords: [String: Argument] = [:]

  /// The values it is applied to.
  var values: [Value] { arguments.flatMap(\.values) }

  /// The one value that it is applied to.
  ///
  /// - Throws: a `Diagnostic` if there is another number of them.
  var value: Value {
    get throws {
      guard values.count == 1 else {
        throw layer.diagnostic("\(layer.className) takes one value, not \(values.count)")
      }
      return values[0]
    }
  }

  /// What a function is given at a position, or under one of the names; nil if nothing or null.
  func argument(_ position: Int, _ names: String...) -> Argument? {
    let found =
      arguments.indices.contains(position)
      ? arguments[position] : names.lazy.compactMap { keywords[$0] }.first
    if case .literal(.null)? = found { return nil }
    return found
  }
}

/// What the builders of layers work on.
struct KerasContext {
  var builder: NetworkBuilder
  var weights: any WeightSource

  /// The weights of a layer in the order of `roles`, each with one of the expected shapes.
  ///
  /// - Throws: a `Diagnostic` about a missing weight or another shape.
  mutating func weights(
    _ layer: LayerConfig, _ roles: [(role: WeightRole, shapes: [[Int]])]
  ) throws -> [StoredWeight] {
    let stored = try weights.read(roles.map(\.role), ofLayer: layer.path)
    for (weight, role) in zip(stored, roles) where !role.shapes.contains(weight.shape) {
      let expected = role.shapes.map { "\($0)" }.joined(separator: " or ")
      throw layer.diagnostic(
        "the weight \(weight.name) has shape \(weight.shape), its configuration asks for"
          + " \(expected)", notes: ["the file is damaged, or was put together by hand"])
    }
    return stored
  }

  /// The position of a Keras axis, which counts the batch, among the axes of a value.
  ///
  /// - Throws: a `Diagnostic` if there is no such axis.
  func axis(_ axis: Int, of value: Value, _ layer: LayerConfig) throws -> Int {
    let rank = value.layout.order.count
    let position = axis < 0 ? axis + rank : axis - 1
    guard (0..<rank).contains(position) else {
      throw layer.diagnostic(
        "\(layer.className): axis \(axis) is the batch or out of range for a value of shape"
          + " \(builder.shape(value))")
    }
    return position
  }

  /// A value with the given Keras axis as the last of its node.
  mutating func withLast(_ axis: Int, _ value: Value) throws -> Value {
    guard value.layout.order.last != axis else { return value }
    let layout = Layout.withLast(axis, rank: value.layout.order.count)
    return Value(node: try builder.arrange(value, to: layout), layout: layout)
  }

  /// A node on a value's node, in the same layout.
  mutating func map(_ value: Value, _ suffix: String, _ parameters: any OperationParameters)
    throws -> Value
  {
    Value(node: try builder.add(suffix, parameters, value.node), layout: value.layout)
  }

  /// `x · weight + bias` for each channel of a value, or one factor for all.
  mutating func scale(_ value: Value, _ suffix: String, by weight: [Double], plus bias: [Double]?)
    throws -> Value
  {
    func constant(_ name: String, _ numbers: [Double]) -> ConstantID {
      let prefix = suffix.isEmpty ? name : "\(suffix).\(name)"
      return builder.constant(prefix, [numbers.count], numbers.map(Float.init))
    }
    let diagonal = Diagonal(
      weight: constant("weight", weight), bias: bias.map { constant("bias", $0) })
    return try map(value, suffix, diagonal)
  }
}

extension LayerCall {
  /// The call with values that are given by name moved to where layers look for them.
  var normalized: LayerCall {
    guard values.isEmpty else { return self }
    var result = self
    let moved = ["inputs", "x", "input"].first { !(keywords[$0]?.values.isEmpty ?? true) }
    guard let moved, let argument = result.keywords.removeValue(forKey: moved) else { return self }
    return LayerCall(layer: layer, arguments: [argument] + arguments, keywords: result.keywords)
  }
}
