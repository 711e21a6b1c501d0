import SpikeIR

extension OnnxContext {
  /// Reshape to a constant shape, in which 0 stands for the value's extent and -1 for the rest.
  mutating func reshape(_ call: OnnxCall) throws -> OnnxOperand {
    let value = try call.anyValue()
    let target = try call.required(1, "shape").integers()
    let keepsZero = try call.integer("allowzero", 0) != 0
    let shape = try Shape.resolved(target, of: value.shape, keepsZero: keepsZero, call)
    return .value(try reshape(value, to: shape, call))
  }

  /// Flatten: all axes before `axis` become the first, the others the second.
  mutating func flatten(_ call: OnnxCall) throws -> OnnxOperand {
    let value = try call.anyValue()
    let rank = value.axes.count
    let stated = try call.integer("axis", 1)
    let axis = stated == rank ? rank : try call.position(stated, rank: rank)
    let shape = value.shape
    return .value(
      try reshape(
        value, to: [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)], call))
  }

  /// Transpose: nothing moves until an operator asks for another order.
  mutating func transpose(_ call: OnnxCall) throws -> OnnxOperand {
    var value = try call.anyValue()
    let rank = value.axes.count
    let permutation = try call.integers("perm") ?? Array((0..<rank).reversed())
    guard permutation.sorted() == Array(0..<rank) else {
      throw call.invalid("perm", "a permutation of \(rank) axes")
    }
    value.axes = permutation.map { value.axes[$0] }
    return .value(value)
  }

  /// Squeeze: removes axes of extent 1.
  mutating func squeeze(_ call: OnnxCall) throws -> OnnxOperand {
    var value = try call.anyValue()
    let shape = value.shape
    let axes = try call.integers("axes", orInput: 1) ?? shape.indices.filter { shape[$0] == 1 }
    for axis in try call.positions(axes, rank: shape.count).reversed() {
      guard shape[axis] == 1 else {
        throw call.diagnostic("removes axis \(axis) of a value of shape \(shape)")
      }
      value.axes.remove(at: axis)
    }
    return .value(value)
  }

  /// Unsqueeze: inserts axes of extent 1.
  mutating func unsqueeze(_ call: OnnxCall) throws -> OnnxOperand {
    var value = try call.anyValue()
    let axes = try call.integers("axes", orInput: 1) ?? []
    let positions = try call.positions(axes, rank: value.axes.count + axes.count)
    for axis in positions { value.axes.insert(OnnxAxis([]), at: axis) }
    return .value(value)
  }

  /// Shape, of which newer opsets may ask a part.
  func shape(_ call: OnnxCall) throws -> OnnxOperand {
    let shape = try Shape.part(of: call.operand(0)?.shape ?? [], call)
    return .constant(OnnxConstant([shape.count], integers: shape))
  }

  /// Cast: between types of floats, and from integers, nothing changes.
  func cast(_ call: OnnxCall) throws -> OnnxOperand {
    var value = try call.anyValue()
    let type = try call.integer("to", 1)
    guard let element = Int32(exactly: type).flatMap({ OnnxElement(rawValue: $0) }),
      value.quantization == nil, !element.isInteger || value.isInteger
    else {
      throw call.diagnostic(
        "cuts values of the network to whole numbers, which is not read",
        notes: ["do it on the input data, or leave it out"])
    }
    value.isInteger = element.isInteger
    return .value(value)
  }

  /// Dropout does nothing but in training.
  func dropout(_ call: OnnxCall) throws -> OnnxOperand {
    if let mode = try call.constant(2, "training mode"), try mode.integers().first ?? 0 != 0 {
      throw call.diagnostic(
        "is in training mode", notes: ["export the model for inference: model.eval()"])
    }
    guard let operand = call.operand(0) else { throw call.diagnostic("has no input") }
    return operand
  }

  /// Expand to the value's own shape.
  mutating func expand(_ call: OnnxCall) throws -> OnnxOperand {
    let value = try call.anyValue()
    let target = try call.required(1, "shape").integers()
    guard let shape = Shape.broadcast(value.shape, target),
      shape.suffix(value.axes.count) == value.shape[...],
      shape.dropLast(value.axes.count).allSatisfy({ $0 == 1 })
    else {
      throw call.diagnostic("repeats a value of shape \(value.shape), which is not read")
    }
    return .value(try reshape(value, to: shape, call))
  }

  /// Slice with constant bounds: what takes everything is nothing.
  mutating func slice(_ call: OnnxCall) throws -> OnnxOperand {
    let value = try call.value()
    var result = value
    for part in try Shape.slices(call, of: value.shape) {
      let extent = value.shape[part.axis]
      let indices = part.indices
      if indices == Array(0..<extent) { continue }
      result = try select(result, axis: part.axis, indices, call)
    }
    return .value(result)
  }

  /// Gather of the network's value by constant indices.
  mutating func gather(_ call: OnnxCall) throws -> OnnxOperand {
    let value = try call.value()
    let axis = try call.position(try call.integer("axis", 0), rank: value.axes.count)
    let indices = try call.required(1, "indices")
    let extent = value.shape[axis]
    let positions = try indices.integers().map { $0 < 0 ? $0 + extent : $0 }
    guard positions.allSatisfy({ (0..<extent).contains($0) }), indices.shape.count <= 1 else {
      throw call.diagnostic("takes elements that a value of shape \(value.shape) does not have")
    }
    var result = try select(value, axis: axis, positions, call)
    if indices.shape.isEmpty { result.axes.remove(at: axis) }
    return .value(result)
  }

  /// Split into parts of given or equal extents.
  mutating func split(_ call: OnnxCall) throws -> [OnnxOperand] {
    let value = try call.value()
    let axis = try call.position(try call.integer("axis", 0), rank: value.axes.count)
    let (extent, count) = (value.shape[axis], call.node.outputs.count)
    let equal = (extent + max(1, count) - 1) / max(1, count)
    let parts =
      try call.integers("split", orInput: 1)
      ?? (0..<count).map { max(0, min(equal, extent - $0 * equal)) }
    guard parts.count == count, parts.allSatisfy({ (1...extent).contains($0) }),
      parts.reduce(0, +) == extent
    else { throw call.invalid("split", "a division of \(extent) elements into \(count) parts") }
    var start = 0
    return try parts.map { part in
      defer { start += part }
      return .value(try select(value, axis: axis, Array(start..<start + part), call))
    }
  }

  /// The given elements along an axis, as a synapse whose weights are 0 and 1.
  mutating func select(
    _ value: OnnxValue, axis: Int, _ indices: [Int], _ call: OnnxCall
  ) throws -> OnnxValue {
    let extent = value.shape[axis]
    guard !indices.isEmpty, value.axes[axis].batch == nil, indices.count * extent <= 1 << 22 else {
      throw call.diagnostic(
        "takes \(indices.count) of \(extent) elements along axis \(axis) of a value of shape"
          + " \(value.shape), which is not read")
    }
    var weights = [Float](repeating: 0, count: indices.count * extent)
    for (row, column) in indices.enumerated() { weights[row * extent + column] = 1 }
    return try linear(value, axis: axis, weights: &weights, outputs: indices.count, call)
  }
}
