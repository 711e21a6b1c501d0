import SpikeIR

extension KerasContext {
  /// Add: the sum of two or more values of one shape.
  mutating func sum(_ call: LayerCall) throws -> Value { try sum(call.values, "", call.layer) }

  /// Average: the sum, divided by the number of values.
  mutating func mean(_ call: LayerCall) throws -> Value {
    let total = try sum(call.values, "sum", call.layer)
    return try scale(total, "", by: [1 / Double(max(1, call.values.count))], plus: nil)
  }

  /// Subtract: the first value plus the second times -1.
  mutating func difference(_ call: LayerCall) throws -> Value {
    guard call.values.count == 2 else {
      throw call.layer.diagnostic("Subtract takes two values, not \(call.values.count)")
    }
    let negated = try scale(call.values[1], "negated", by: [-1], plus: nil)
    return try sum([call.values[0], negated], "", call.layer)
  }

  /// Concatenate along an axis.
  mutating func concatenation(_ call: LayerCall) throws -> Value {
    try concatenate(call.values, axis: try call.layer.integers("axis")?.first ?? -1, call.layer)
  }

  /// Joins values along a Keras axis, which counts the batch.
  mutating func concatenate(_ values: [Value], axis: Int, _ layer: LayerConfig) throws -> Value {
    let operands = try alike(values, layer)
    let kerasAxis = try self.axis(axis, of: operands[0], layer)
    let layout = operands[0].layout
    guard let position = layout.order.firstIndex(of: kerasAxis) else { return operands[0] }
    let concat = Concat(axis: position + (layout.isRow ? 1 : 0))
    let node = try builder.add("", concat, operands: operands.map(\.node))
    return Value(node: node, layout: layout)
  }

  /// The Merge layer of Keras 1, by its mode.
  mutating func merge(_ call: LayerCall) throws -> Value {
    switch call.layer["mode"]?.string ?? "sum" {
    case "sum": return try sum(call)
    case "ave": return try mean(call)
    case "concat": return try concatenation(call)
    case let mode:
      throw call.layer.diagnostic(
        "Merge with mode '\(mode)' is not read: spike trains can be added and joined only")
    }
  }

  /// Adds values of one shape.
  mutating func sum(_ values: [Value], _ suffix: String, _ layer: LayerConfig) throws -> Value {
    let shapes = values.map { builder.shape($0) }
    guard values.count > 1, shapes.allSatisfy({ $0 == shapes[0] }) else {
      throw layer.diagnostic(
        "\(layer.className) takes two or more values of one shape, not \(shapes)",
        notes: ["broadcasting between shapes is not read"])
    }
    let operands = try alike(values, layer)
    let node = try builder.add(suffix, Add(), operands: operands.map(\.node))
    return Value(node: node, layout: operands[0].layout)
  }

  /// The values in one layout: the one they share, else the model's own.
  private mutating func alike(_ values: [Value], _ layer: LayerConfig) throws -> [Value] {
    guard let first = values.first else {
      throw layer.diagnostic("\(layer.className) is applied to nothing")
    }
    if values.allSatisfy({ $0.layout == first.layout }) { return values }
    return try values.map {
      Value(node: try builder.plain($0), layout: .plain($0.layout.order.count))
    }
  }
}
