import SpikeIR

extension OnnxContext {
  /// Picks elements of a constant, under a new shape.
  private mutating func picked(_ input: OnnxConstant, _ indices: [Int], _ shape: [Int]) throws
    -> OnnxConstant
  {
    try reserve(indices.count)
    if input.isInteger {
      let values = try input.integers()
      return OnnxConstant(shape, integers: indices.map { values[$0] }, input.element)
    }
    let values = try floats(input)
    return OnnxConstant(shape, indices.map { values[$0] })
  }

  /// Transpose of a constant.
  mutating func foldedTranspose(_ call: OnnxCall, _ input: OnnxConstant) throws -> OnnxConstant {
    let rank = input.shape.count
    let permutation = try call.integers("perm") ?? Array((0..<rank).reversed())
    guard permutation.sorted() == Array(0..<rank) else {
      throw call.invalid("perm", "a permutation of \(rank) axes")
    }
    let shape = permutation.map { input.shape[$0] }
    return try picked(input, Tensor.transposedIndices(input.shape, permutation), shape)
  }

  /// Concat of constants.
  mutating func foldedConcat(_ call: OnnxCall, _ inputs: [OnnxConstant]) throws -> OnnxConstant {
    let rank = inputs[0].shape.count
    let axis = try call.position(try call.integer("axis", 1), rank: rank)
    func others(_ shape: [Int]) -> [Int] { shape.indices.map { $0 == axis ? 0 : shape[$0] } }
    guard inputs.allSatisfy({ others($0.shape) == others(inputs[0].shape) }) else {
      throw call.diagnostic("joins constants of shapes \(inputs.map(\.shape))")
    }
    var shape = inputs[0].shape
    shape[axis] = inputs.reduce(0) { $0 + $1.shape[axis] }
    try reserve(try count(shape, call))
    let outer = shape[..<axis].reduce(1, *)
    func joined<T>(_ lists: [[T]]) -> [T] {
      (0..<outer).flatMap { row in
        lists.flatMap { $0[row * $0.count / outer..<(row + 1) * $0.count / outer] }
      }
    }
    if inputs.allSatisfy(\.isInteger) {
      return OnnxConstant(shape, integers: joined(try inputs.map { try $0.integers() }))
    }
    return OnnxConstant(shape, joined(try inputs.map { try floats($0) }))
  }

  /// Gather of a constant along one axis.
  mutating func foldedGather(_ call: OnnxCall, _ inputs: [OnnxConstant]) throws -> OnnxConstant {
    guard inputs.count == 2 else { throw call.diagnostic("takes two inputs") }
    let (input, wanted) = (inputs[0], inputs[1])
    let axis = try call.position(try call.integer("axis", 0), rank: input.shape.count)
    let extent = input.shape[axis]
    let positions = try wanted.integers().map { $0 < 0 ? $0 &+ extent : $0 }
    guard positions.allSatisfy({ (0..<extent).contains($0) }) else {
      throw call.diagnostic("takes elements that a constant of shape \(input.shape) does not have")
    }
    let shape = input.shape[..<axis] + wanted.shape + input.shape[(axis + 1)...]
    _ = try count(Array(shape), call)
    let inner = input.shape[(axis + 1)...].reduce(1, *)
    let indices = (0..<input.shape[..<axis].reduce(1, *)).flatMap { row in
      positions.flatMap { position in
        (0..<inner).map { (row * extent + position) * inner + $0 }
      }
    }
    return try picked(input, indices, Array(shape))
  }

  /// Slice of a constant.
  mutating func foldedSlice(_ call: OnnxCall, _ input: OnnxConstant) throws -> OnnxConstant {
    var taken = input.shape.map { Array(0..<$0) }
    for part in try Shape.slices(call, of: input.shape) { taken[part.axis] = part.indices }
    var indices = [0]
    for (axis, positions) in taken.enumerated() {
      let extent = input.shape[axis]
      indices = indices.flatMap { base in positions.map { base * extent + $0 } }
    }
    return try picked(input, indices, taken.map(\.count))
  }

  /// Expand of a constant.
  mutating func foldedExpand(_ call: OnnxCall, _ inputs: [OnnxConstant]) throws -> OnnxConstant {
    let target = try call.required(1, "shape").integers()
    guard let shape = Shape.broadcast(inputs[0].shape, target), !target.contains(where: { $0 < 0 })
    else { throw call.diagnostic("repeats a constant of shape \(inputs[0].shape) to \(target)") }
    _ = try count(shape, call)
    return try picked(inputs[0], OnnxContext.indices(inputs[0].shape, over: shape), shape)
  }

  /// ConstantOfShape: one value, 0 by default, everywhere.
  mutating func constantOfShape(_ call: OnnxCall, _ input: OnnxConstant) throws -> OnnxConstant {
    let shape = try input.integers()
    guard shape.allSatisfy({ $0 >= 0 }) else { throw call.invalid("shape", "a shape") }
    let count = try count(shape, call)
    try reserve(count)
    guard case .tensor(let tensor)? = call.node.attributes["value"], tensor.count == 1 else {
      return OnnxConstant(shape, [Float](repeating: 0, count: count))
    }
    if tensor.element.isInteger {
      let value = try tensor.integers()[0]
      return OnnxConstant(
        shape, integers: [Int](repeating: value, count: count), tensor.element)
    }
    return OnnxConstant(shape, [Float](repeating: try tensor.floats()[0], count: count))
  }

  /// Range of whole numbers.
  mutating func foldedRange(_ call: OnnxCall, _ inputs: [OnnxConstant]) throws -> OnnxConstant {
    let bounds = try inputs.compactMap { try $0.integers().first }
    guard bounds.count == 3, inputs.allSatisfy(\.isInteger), bounds[2] != 0,
      bounds.allSatisfy({ abs($0.clamped(to: 1 << 40)) < 1 << 31 })
    else { throw call.diagnostic("of anything but small whole numbers is not read") }
    let count = max(0, (bounds[1] - bounds[0] + bounds[2] - bounds[2].signum()) / bounds[2])
    try reserve(try self.count([count], call))
    return OnnxConstant([count], integers: (0..<count).map { bounds[0] + $0 * bounds[2] })
  }

  /// ReduceProd and ReduceSum of a constant over all its elements.
  mutating func foldedReduction(
    _ call: OnnxCall, _ input: OnnxConstant, _ start: Int, _ integers: (Int, Int) -> Int,
    _ floats: (Float, Float) -> Float
  ) throws -> OnnxConstant {
    let rank = input.shape.count
    let axes = try call.integers("axes", orInput: 1) ?? Array(0..<rank)
    guard try call.positions(axes, rank: rank).count == rank else {
      throw call.diagnostic("of a constant over some of its axes is not read")
    }
    let keeps = try call.integer("keepdims", 1) != 0
    let shape = keeps ? [Int](repeating: 1, count: rank) : []
    if input.isInteger {
      let value = try input.integers().reduce(start, integers)
      return OnnxConstant(shape, integers: [value], input.element)
    }
    return OnnxConstant(shape, [try self.floats(input).reduce(Float(start), floats)])
  }
}

extension Int {
  /// The number, or the nearest whose magnitude is not above `limit`.
  fileprivate func clamped(to limit: Int) -> Int { Swift.min(Swift.max(self, -limit), limit) }
}
