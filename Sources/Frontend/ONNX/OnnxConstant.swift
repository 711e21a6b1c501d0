import SpikeIR

/// A value that does not depend on the network's input.
struct OnnxConstant {
  /// Where the elements are; row-major order.
  enum Storage {
    /// In a file.
    case stored(OnnxTensor)
    case floats([Float])
    case integers([Int])
  }

  let shape: [Int]
  let storage: Storage
  /// The type that the elements were computed or stored with.
  let element: OnnxElement

  /// The number of elements.
  var count: Int { shape.reduce(1, *) }
  var isInteger: Bool { element.isInteger }

  init(_ tensor: OnnxTensor) {
    shape = tensor.shape
    storage = .stored(tensor)
    element = tensor.element
  }

  init(_ shape: [Int], _ values: [Float]) {
    self.shape = shape
    storage = .floats(values)
    element = .float
  }

  init(_ shape: [Int], integers: [Int], _ element: OnnxElement = .int64) {
    self.shape = shape
    storage = .integers(integers)
    self.element = element
  }

  private init(_ shape: [Int], _ other: OnnxConstant) {
    self.shape = shape
    storage = other.storage
    element = other.element
  }

  /// The same elements under another shape with as many.
  func reshaped(_ shape: [Int]) -> OnnxConstant { OnnxConstant(shape, self) }

  /// The elements as floats, read or transposed as `[batch, columns, rows]`.
  ///
  /// - Throws: a `Diagnostic` if the file does not hold them.
  func floats(_ transposition: MatrixTransposition? = nil) throws -> [Float] {
    if case .stored(let tensor) = storage { return try tensor.floats(transposition) }
    let values: [Float] =
      switch storage {
      case .floats(let values): values
      case .integers(let values): values.map { Float($0) }
      case .stored: []
      }
    guard let transposition, !values.isEmpty else { return values }
    let size = transposition.rows * transposition.columns
    let shape = [values.count / size, transposition.rows, transposition.columns]
    return Tensor(shape, values).transposed([0, 2, 1]).floats
  }

  /// The elements as whole numbers; those of floats are cut.
  ///
  /// - Throws: a `Diagnostic` if there are too many for a shape or a list of axes, or the file
  ///   does not hold them.
  func integers() throws -> [Int] {
    guard count <= OnnxConstant.mostIntegers else {
      throw Diagnostic("\(count) whole numbers are more than a shape or index list has")
    }
    switch storage {
    case .integers(let values): return values
    case .stored(let tensor) where isInteger: return try tensor.integers()
    case .stored, .floats:
      return try floats().map { Int(exactly: $0.rounded(.towardZero)) ?? 0 }
    }
  }

  private static let mostIntegers = 1 << 22
}

/// What an operator is given: a value of the network or a constant.
enum OnnxOperand {
  case value(OnnxValue)
  case constant(OnnxConstant)

  /// The extents as ONNX counts them.
  var shape: [Int] {
    switch self {
    case .value(let value): value.shape
    case .constant(let constant): constant.shape
    }
  }
}
