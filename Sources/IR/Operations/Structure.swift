/// The elementwise sum of analog values, or of the currents of one population.
public struct Add: OperationParameters {
  public static let mnemonic = "add"
  public static let summary = "Sums its operands element by element."
  public static let arity = 2...64

  public var attributes: [Attribute] { [] }
  public var operation: Operation { .add(self) }

  /// A sum.
  public init() {}

  public init(reading attributes: inout AttributeReader) throws {}

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard operands.allSatisfy({ $0 == operands[0] }) else {
      let types = operands.map(\.description).joined(separator: ", ")
      throw Diagnostic("the operands of add differ: \(types)")
    }
    guard operands[0].element == .f32 || operands[0].element == .current else {
      throw Diagnostic("add takes analog values or currents; give spikes a diagonal synapse")
    }
    return operands[0]
  }
}

/// Joins its operands along one axis.
public struct Concat: OperationParameters {
  public static let mnemonic = "concat"
  public static let summary = "Joins its operands along one axis."
  public static let arity = 1...1024

  /// The axis, counted from the outermost.
  public var axis: Int

  public var attributes: [Attribute] { [Attribute("axis", .integer(axis))] }
  public var operation: Operation { .concat(self) }

  /// A concatenation.
  public init(axis: Int) { self.axis = axis }

  public init(reading attributes: inout AttributeReader) throws {
    axis = try attributes.integer("axis")
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    var result = operands[0]
    guard result.shape.indices.contains(axis) else {
      throw Diagnostic("axis \(axis) is out of range for \(result)")
    }
    for operand in operands.dropFirst() {
      var (mine, other) = (result.shape, operand.shape)
      guard mine.count == other.count else { throw Diagnostic("the ranks of concat differ") }
      let extent = mine[axis] + other[axis]
      (mine[axis], other[axis]) = (0, 0)
      guard mine == other else { throw Diagnostic("\(operand) does not join \(result)") }
      result.shape[axis] = extent
      result.element = try joined(result.element, operand.element)
    }
    return result
  }

  private func joined(_ a: ElementType, _ b: ElementType) throws -> ElementType {
    if a == b { return a }
    guard Set([a, b]) == [.spike, .level] else {
      throw Diagnostic("concat takes values of one stage, not \(a) and \(b)")
    }
    return .level
  }
}

/// The same elements in the same row-major order under another shape.
public struct Reshape: OperationParameters {
  public static let mnemonic = "reshape"
  public static let summary = "Gives the same elements another shape."

  public var attributes: [Attribute] { [] }
  public var operation: Operation { .reshape(self) }

  /// A reshape; the shape is the node's type.
  public init() {}

  public init(reading attributes: inout AttributeReader) throws {}

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard let declared, declared.count == operands[0].count else {
      throw Diagnostic("a reshape of \(operands[0]) keeps the number of elements")
    }
    return declared.with(operands[0].element)
  }
}

/// Reorders the axes: result axis `i` is operand axis `permutation[i]`.
public struct Transpose: OperationParameters {
  public static let mnemonic = "transpose"
  public static let summary = "Reorders the axes."

  /// The operand's axis for each axis of the result.
  public var permutation: [Int]

  public var attributes: [Attribute] { [Attribute("permutation", .integers(permutation))] }
  public var operation: Operation { .transpose(self) }

  /// A transposition.
  public init(permutation: [Int]) { self.permutation = permutation }

  public init(reading attributes: inout AttributeReader) throws {
    permutation = try attributes.integers("permutation")
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard permutation.sorted() == Array(operands[0].shape.indices) else {
      throw Diagnostic("\(permutation) is no permutation of the axes of \(operands[0])")
    }
    return TensorType(operands[0].element, permutation.map { operands[0].shape[$0] })
  }
}

/// Surrounds `[H, W, C]` with zeros.
public struct Pad: OperationParameters {
  public static let mnemonic = "pad"
  public static let summary = "Surrounds height and width with zeros."

  /// Rows and columns of zeros: top, left, bottom, right.
  public var padding: [Int]

  public var attributes: [Attribute] { [Attribute("padding", .integers(padding))] }
  public var operation: Operation { .pad(self) }

  /// A zero padding.
  public init(padding: [Int]) { self.padding = padding }

  public init(reading attributes: inout AttributeReader) throws {
    padding = try attributes.integers("padding", count: 4)
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    let identity = Window2D(kernel: [1, 1], stride: [1, 1], padding: padding)
    let extents = try identity.outputExtents(of: operands[0])
    return TensorType(operands[0].element, extents + [operands[0].channels])
  }
}
