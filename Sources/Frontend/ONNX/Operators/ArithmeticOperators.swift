import SpikeIR

extension OnnxContext {
  /// `value · factor` for each element, the factors spread as numpy does.
  mutating func scale(_ value: OnnxValue, by factor: OnnxConstant, _ call: OnnxCall) throws
    -> OnnxValue
  {
    let factor = try broadcast(factor, onto: value, call)
    let weight = builder.constant("weight", factor.shape, factor.values)
    return try map(factor.value, Diagonal(weight: weight))
  }

  /// `value + offset`, or `offset - value` for `isNegated`.
  mutating func shift(
    _ value: OnnxValue, by offset: OnnxConstant, isNegated: Bool = false, _ call: OnnxCall
  ) throws -> OnnxValue {
    let offset = try broadcast(offset, onto: value, call)
    let weight = builder.constant("weight", [1], [isNegated ? -1 : 1])
    let bias = builder.constant("bias", offset.shape, offset.values)
    return try map(offset.value, Diagonal(weight: weight, bias: bias))
  }

  /// Add and Sum: values of one shape, and constants.
  mutating func sum(_ call: OnnxCall) throws -> OnnxValue {
    var values: [OnnxValue] = []
    var result: OnnxValue?
    for index in call.operands.indices {
      if case .value = call.operand(index) { values.append(try call.value(index)) }
    }
    result = values.count > 1 ? try add(values, call) : values.first
    guard var result else { throw call.diagnostic("has no inputs") }
    for index in call.operands.indices {
      guard case .constant(let constant) = call.operand(index) else { continue }
      result = try shift(result, by: try aligned(constant, result, call), call)
    }
    return result
  }

  /// Mean: the sum, divided by the number of inputs.
  mutating func mean(_ call: OnnxCall) throws -> OnnxOperand {
    let factor = OnnxConstant([], [1 / Float(max(1, call.operands.count))])
    return .value(try scale(try sum(call), by: factor, call))
  }

  /// Sub.
  mutating func difference(_ call: OnnxCall) throws -> OnnxOperand {
    switch (call.operand(0), call.operand(1)) {
    case (.value, .value):
      let negated = try scale(try call.value(1), by: OnnxConstant([], [-1]), call)
      return .value(try add([try call.value(0), negated], call))
    case (.value, .constant(let constant)):
      let value = try call.value()
      let negated = OnnxConstant(constant.shape, try floats(constant).map { -$0 })
      return .value(try shift(value, by: try aligned(negated, value, call), call))
    case (.constant(let constant), _):
      return .value(
        try shift(try call.value(1), by: constant, isNegated: true, call))
    default: throw call.diagnostic("takes two inputs")
    }
  }

  /// Mul by a constant.
  mutating func product(_ call: OnnxCall) throws -> OnnxOperand {
    switch (call.operand(0), call.operand(1)) {
    case (.value, .constant(let constant)):
      let value = try call.value()
      return .value(try scale(value, by: try aligned(constant, value, call), call))
    case (.constant(let constant), .value):
      return .value(try scale(try call.value(1), by: constant, call))
    default:
      throw call.diagnostic(
        "multiplies values of the network with each other, which has no rate code",
        notes: ["where this is Swish or a gate (x · sigmoid(x)), train with ReLU in its place"])
    }
  }

  /// Div by a constant.
  mutating func quotient(_ call: OnnxCall) throws -> OnnxOperand {
    guard case .constant(let divisor) = call.operand(1) else {
      throw call.diagnostic(
        "divides by a value that the network computes, which has no rate code",
        notes: ["divide by a constant, or do it on the input data"])
    }
    let value = try call.value()
    let factors = try floats(divisor).map { 1 / $0 }
    guard factors.allSatisfy(\.isFinite) else { throw call.diagnostic("divides by 0") }
    let factor = OnnxConstant(divisor.shape, factors)
    return .value(try scale(value, by: try aligned(factor, value, call), call))
  }

  /// Neg.
  mutating func negation(_ call: OnnxCall) throws -> OnnxOperand {
    .value(try scale(try call.value(), by: OnnxConstant([], [-1]), call))
  }

  /// A second operand as numpy aligns it: until opset 7, `axis` said where it stands.
  private func aligned(_ constant: OnnxConstant, _ value: OnnxValue, _ call: OnnxCall) throws
    -> OnnxConstant
  {
    guard call.opset < 7, try call.integer("broadcast", 0) != 0 else { return constant }
    let (rank, own) = (value.axes.count, constant.shape.count)
    let axis = try call.integer("axis", rank - own)
    let trailing = rank - own - (axis < 0 ? axis + rank : axis)
    guard trailing >= 0, trailing <= rank else { throw call.invalid("axis", "an axis") }
    return constant.reshaped(constant.shape + [Int](repeating: 1, count: trailing))
  }

  /// The sum of values of one shape.
  mutating func add(_ values: [OnnxValue], _ call: OnnxCall) throws -> OnnxValue {
    let operands = try alike(values, call)
    var result = operands[0]
    result.node = try builder.add("", Add(), operands: operands.map(\.node))
    return result
  }

  /// Values of one shape with their elements in one order: the first's, if the others have it.
  private mutating func alike(_ values: [OnnxValue], _ call: OnnxCall) throws -> [OnnxValue] {
    let rank = values.map(\.axes.count).max() ?? 0
    let values = values.map { value in
      var result = value
      let missing = [OnnxAxis](repeating: OnnxAxis([]), count: rank - value.axes.count)
      result.axes.insert(contentsOf: missing, at: 0)
      return result
    }
    let first = values[0]
    guard values.allSatisfy({ $0.shape == first.shape && $0.batchAxis == first.batchAxis }) else {
      throw call.diagnostic(
        "takes values of one shape, not \(values.map(\.shape))",
        notes: ["broadcasting between values of the network is not read"])
    }
    return try inOrder(of: first, values)
  }

  /// Values whose axes have equal extents, all in the first's order and with its node's shape;
  /// in the plain order where one's axes are made of other factors.
  mutating func inOrder(of first: OnnxValue, _ values: [OnnxValue]) throws -> [OnnxValue] {
    let factors = values.map { $0.axes.map { $0.atoms.map(\.extent) } }
    guard factors.allSatisfy({ $0 == factors[0] }),
      let groups = first.order.grouped(as: builder.shape(of: first.node))
    else {
      return try values.map { try arranged($0, $0.axes.filter { $0.batch == nil }.map(\.atoms)) }
    }
    return try values.map { value in
      let partner = Dictionary(uniqueKeysWithValues: zip(first.plainOrder, value.plainOrder))
      return try arranged(value, groups.map { $0.compactMap { partner[$0] } })
    }
  }

  /// A value in the order of its axes, each of one factor.
  private mutating func whole(_ value: OnnxValue) throws -> OnnxValue {
    var result = try arranged(value, value.axes.filter { $0.batch == nil }.map(\.atoms))
    for index in result.axes.indices where result.axes[index].batch == nil {
      result.axes[index] = OnnxAxis(arrangements.atoms(result.axes[index].extent))
    }
    result.order = result.plainOrder
    return result
  }

  /// Concat along one axis.
  mutating func concatenation(_ call: OnnxCall) throws -> OnnxOperand {
    let values = try call.operands.indices.map { try call.value($0) }
    let rank = try call.value().axes.count
    let axis = try call.position(try call.integer("axis", 1), rank: rank)
    func others(_ value: OnnxValue) -> [Int] {
      value.shape.indices.map { $0 == axis ? 0 : value.shape[$0] }
    }
    guard values.allSatisfy({ $0.axes.count == rank && others($0) == others(values[0]) }),
      values.allSatisfy({ $0.batchAxis == values[0].batchAxis && $0.axes[axis].batch == nil })
    else {
      throw call.diagnostic(
        "joins values of shapes \(values.map(\.shape)) along axis \(axis), which do not fit")
    }
    if values.count == 1 { return .value(values[0]) }
    return .value(try join(values, axis))
  }

  /// Joins values along an axis, with that axis last or where it stands in all of them.
  private mutating func join(_ values: [OnnxValue], _ axis: Int) throws -> OnnxValue {
    // Each operand's other axes must be made of the same factors, in the same order.
    func others(_ value: OnnxValue) -> [Atom] {
      value.order.filter { !value.axes[axis].atoms.contains($0) }
    }
    func places(_ value: OnnxValue) -> [[Int]] {
      let all = value.axes.enumerated().flatMap { i, axis in axis.atoms.map { ($0, i) } }
      let axisOf = Dictionary(uniqueKeysWithValues: all)
      return others(value).map { [axisOf[$0] ?? 0, $0.extent] }
    }
    var values = values
    if !values.allSatisfy({ places($0) == places(values[0]) }) {
      values = try values.map { try whole($0) }
    }
    let operands = try values.map { value in
      try arranged(value, others(value).map { [$0] } + [value.axes[axis].atoms])
    }
    var result = operands[0]
    let concat = Concat(axis: others(result).count)
    result.node = try builder.add("", concat, operands: operands.map(\.node))
    let new = arrangements.atoms(values.reduce(0) { $0 + $1.axes[axis].extent })
    result.order = others(result) + new
    result.axes[axis] = OnnxAxis(new)
    return result
  }
}
