import SpikeIR

extension OnnxContext {
  /// Applies a function to each element of a constant; whole numbers stay so where there is one
  /// for them.
  mutating func mapped(
    _ input: OnnxConstant, _ integers: ((Int) -> Int)?, _ floats: (Float) -> Float
  ) throws -> OnnxConstant {
    if input.isInteger, let integers {
      return OnnxConstant(input.shape, integers: try input.integers().map(integers), input.element)
    }
    return OnnxConstant(input.shape, try self.floats(input).map(floats))
  }

  /// Applies a function to constants, spread over each other.
  mutating func elementwise(
    _ call: OnnxCall, _ inputs: [OnnxConstant], _ integers: (Int, Int) -> Int,
    _ floats: (Float, Float) -> Float
  ) throws -> OnnxConstant {
    var result = inputs[0]
    for other in inputs.dropFirst() {
      let (shape, a, b) = try spread(result, other, call)
      if result.isInteger, other.isInteger {
        let (x, y) = (try result.integers(), try other.integers())
        let values = zip(a, b).map { integers(x[$0], y[$1]) }
        result = OnnxConstant(shape, integers: values, result.element)
      } else {
        let (x, y) = (try self.floats(result), try self.floats(other))
        result = OnnxConstant(shape, zip(a, b).map { floats(x[$0], y[$1]) })
      }
    }
    return result
  }

  /// Compares two constants.
  mutating func comparison(
    _ call: OnnxCall, _ inputs: [OnnxConstant], _ holds: (Float, Float) -> Bool
  ) throws -> OnnxConstant {
    guard inputs.count == 2 else { throw call.diagnostic("takes two inputs") }
    let (shape, a, b) = try spread(inputs[0], inputs[1], call)
    let (x, y) = (try floats(inputs[0]), try floats(inputs[1]))
    return OnnxConstant(shape, integers: zip(a, b).map { holds(x[$0], y[$1]) ? 1 : 0 }, .bool)
  }

  /// Where: the second where the first holds, the third elsewhere.
  mutating func foldedChoice(_ call: OnnxCall, _ inputs: [OnnxConstant]) throws -> OnnxConstant {
    guard inputs.count == 3 else { throw call.diagnostic("takes three inputs") }
    let condition = try inputs[0].integers()
    let (inner, _, _) = try spread(inputs[1], inputs[2], call)
    let whole = OnnxConstant(inner, integers: [])
    let (shape, c, _) = try spread(inputs[0], whole, call)
    let template = OnnxConstant(shape, integers: [])
    let (_, _, a) = try spread(template, inputs[1], call)
    let (_, _, b) = try spread(template, inputs[2], call)
    if inputs[1].isInteger, inputs[2].isInteger {
      let (x, y) = (try inputs[1].integers(), try inputs[2].integers())
      return OnnxConstant(
        shape, integers: c.indices.map { condition[c[$0]] != 0 ? x[a[$0]] : y[b[$0]] })
    }
    let (x, y) = (try floats(inputs[1]), try floats(inputs[2]))
    return OnnxConstant(shape, c.indices.map { condition[c[$0]] != 0 ? x[a[$0]] : y[b[$0]] })
  }

  /// The shape of two constants spread over each other, and each one's index per element.
  mutating func spread(_ a: OnnxConstant, _ b: OnnxConstant, _ call: OnnxCall) throws
    -> ([Int], [Int], [Int])
  {
    guard let shape = Shape.broadcast(a.shape, b.shape) else {
      throw call.diagnostic("takes constants of shapes \(a.shape) and \(b.shape)")
    }
    try reserve(try count(shape, call))
    return (
      shape, OnnxContext.indices(a.shape, over: shape), OnnxContext.indices(b.shape, over: shape)
    )
  }

  /// The number of elements of a folded constant.
  ///
  /// - Throws: a `Diagnostic` if it is larger than any weight.
  func count(_ shape: [Int], _ call: OnnxCall) throws -> Int {
    if shape.contains(0) { return 0 }
    guard let count = elementCount(shape), count <= 1 << 26 else {
      throw call.diagnostic("computes a constant of shape \(shape), more than any network has")
    }
    return count
  }

  /// The index of the element of `shape` for each element of `full`, which it is spread over.
  static func indices(_ shape: [Int], over full: [Int]) -> [Int] {
    let padded = [Int](repeating: 1, count: full.count - shape.count) + shape
    var steps = [Int](repeating: 0, count: full.count)
    var step = 1
    for axis in full.indices.reversed() where padded[axis] != 1 {
      steps[axis] = step
      step *= padded[axis]
    }
    var indices = [0]
    for (axis, extent) in full.enumerated() {
      indices = indices.flatMap { base in (0..<extent).map { base + $0 * steps[axis] } }
    }
    return indices
  }

  /// Cast of a constant.
  mutating func foldedCast(_ call: OnnxCall, _ input: OnnxConstant) throws -> OnnxConstant {
    let type = Int32(exactly: try call.integer("to", 1)) ?? 0
    guard let element = OnnxElement(rawValue: type) else {
      throw call.diagnostic("to elements of type \(type) is not read")
    }
    if element.isInteger == input.isInteger, element != .bool { return input }
    if element.isInteger {
      let values = try input.integers()
      return OnnxConstant(
        input.shape, integers: element == .bool ? values.map { $0 == 0 ? 0 : 1 } : values, element)
    }
    return OnnxConstant(input.shape, try floats(input))
  }
}
