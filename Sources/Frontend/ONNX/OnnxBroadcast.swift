import SpikeIR

/// A constant spread over the elements of a value.
struct BroadcastConstant {
  /// The value, in an order in which the constant has a form that operations take.
  let value: OnnxValue
  /// `[1]`, `[channels]` or the shape of the value's node.
  let shape: [Int]
  let values: [Float]
}

extension OnnxContext {
  /// Spreads a constant over a value as numpy does: shapes are aligned at their ends, extents of 1
  /// are repeated. It may not enlarge the value, except by leading axes of extent 1.
  ///
  /// - Throws: a `Diagnostic` if the shapes do not fit.
  mutating func broadcast(_ constant: OnnxConstant, onto value: OnnxValue, _ call: OnnxCall) throws
    -> BroadcastConstant
  {
    var value = value
    let missing = constant.shape.count - value.axes.count
    if missing > 0 {
      value.axes.insert(contentsOf: [OnnxAxis](repeating: OnnxAxis([]), count: missing), at: 0)
    }
    let extents = [Int](repeating: 1, count: max(0, -missing)) + constant.shape
    for (extent, axis) in zip(extents, value.axes) where extent != 1 {
      guard extent == axis.extent, axis.batch == nil else {
        throw call.diagnostic(
          "spreads a constant of shape \(constant.shape) over a value of shape \(value.shape),"
            + " which does not fit")
      }
    }
    let spanned = zip(extents, value.axes).filter { $0.0 != 1 }.map(\.1.atoms)
    let numbers = try floats(constant)
    if spanned.isEmpty { return BroadcastConstant(value: value, shape: [1], values: numbers) }
    if spanned.count == 1 { value = try withLast(spanned[0], value) }
    let atoms = Set(spanned.flatMap { $0 })
    let shape = builder.shape(of: value.node)
    let channels = value.order.suffix(atoms.count)
    if Set(channels) == atoms, Array(channels).extent == shape.last {
      let values = Spread(extents, value.axes).values(numbers, in: Array(channels))
      return BroadcastConstant(value: value, shape: [values.count], values: values)
    }
    try reserve(value.order.extent)
    let values = Spread(extents, value.axes).values(numbers, in: value.order)
    return BroadcastConstant(value: value, shape: shape, values: values)
  }

  /// A value whose node ends with an axis that holds the given atoms, in whichever order.
  mutating func withLast(_ atoms: [Atom], _ value: OnnxValue) throws -> OnnxValue {
    let last = value.order.suffix(atoms.count)
    if Set(last) == Set(atoms) {
      if builder.shape(of: value.node).last == atoms.extent { return value }
      return try arranged(value, value.order.dropLast(atoms.count).map { [$0] } + [Array(last)])
    }
    let others = value.order.filter { !atoms.contains($0) }
    return try arranged(value, others.map { [$0] } + [atoms])
  }
}

/// Where the elements of a constant lie for each element of a value.
struct Spread {
  private var strides: [Atom: Int] = [:]

  /// A constant of the given extents, one per axis: the axis' own, or 1 where it is repeated.
  init(_ extents: [Int], _ axes: [OnnxAxis]) {
    var step = 1
    for (extent, axis) in zip(extents, axes).reversed() where extent != 1 {
      for atom in axis.atoms.reversed() {
        strides[atom] = step
        step *= atom.extent
      }
    }
  }

  /// The index of the constant's element for each element in row-major order of the atoms.
  func indices(_ order: [Atom]) -> [Int] {
    var indices = [0]
    for atom in order {
      let step = strides[atom] ?? 0
      indices = indices.flatMap { base in (0..<atom.extent).map { base + $0 * step } }
    }
    return indices
  }

  /// The constant's elements in row-major order of the atoms.
  func values(_ numbers: [Float], in order: [Atom]) -> [Float] {
    indices(order).map { numbers[$0] }
  }
}
