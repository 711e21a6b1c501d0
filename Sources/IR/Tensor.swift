/// A constant's values: weights, biases, thresholds, scales.
public struct Tensor: Hashable, Sendable {
  /// The values in row-major order, as floats or as exact integers.
  public enum Storage: Hashable, Sendable {
    /// 32-bit floats.
    case f32([Float])
    /// 32-bit integers, whatever narrower width a target stores them in.
    case i32([Int32])
  }

  /// The extents, outermost first.
  public private(set) var shape: [Int]
  /// The values.
  public private(set) var storage: Storage

  /// A float tensor; `values` holds as many numbers as `shape` has elements.
  public init(_ shape: [Int], _ values: [Float]) {
    precondition(values.count == shape.reduce(1, *), "values do not fill the shape")
    self.shape = shape
    storage = .f32(values)
  }

  /// An integer tensor; `values` holds as many numbers as `shape` has elements.
  public init(_ shape: [Int], integers values: [Int32]) {
    precondition(values.count == shape.reduce(1, *), "values do not fill the shape")
    self.shape = shape
    storage = .i32(values)
  }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// Whether the values are exact integers.
  public var isInteger: Bool {
    switch storage {
    case .f32: false
    case .i32: true
    }
  }

  /// The name of the element type in the textual form: `f32` or `i32`.
  public var elementName: String { isInteger ? "i32" : "f32" }

  /// The values as floats; integers are converted.
  public var floats: [Float] {
    switch storage {
    case .f32(let values): values
    case .i32(let values): values.map(Float.init)
    }
  }

  /// The values as integers. Traps on a float tensor: ask `isInteger` first.
  public var integers: [Int32] {
    switch storage {
    case .f32: preconditionFailure("a float tensor has no exact integers")
    case .i32(let values): values
    }
  }

  /// Applies `body` to the float values in place. Traps on an integer tensor.
  public mutating func withFloats(_ body: (inout [Float]) -> Void) {
    guard case .f32(var values) = storage else {
      preconditionFailure("an integer tensor has no floats to change")
    }
    storage = .f32([])
    body(&values)
    precondition(values.count == count, "values do not fill the shape")
    storage = .f32(values)
  }

  /// The same values under another shape with as many elements.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "a reshape keeps the number of elements")
    var result = self
    result.shape = shape
    return result
  }

  /// The values with axes reordered: result axis `i` is axis `permutation[i]` of this tensor.
  public func transposed(_ permutation: [Int]) -> Tensor {
    let order = Tensor.transposedIndices(shape, permutation)
    let shape = permutation.map { self.shape[$0] }
    switch storage {
    case .f32(let values): return Tensor(shape, order.map { values[$0] })
    case .i32(let values): return Tensor(shape, integers: order.map { values[$0] })
    }
  }

  /// For each element of the transposed tensor in row-major order, its index in the original.
  public static func transposedIndices(_ shape: [Int], _ permutation: [Int]) -> [Int] {
    precondition(permutation.sorted() == Array(shape.indices), "not a permutation of the axes")
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    var indices = [0]
    for axis in permutation {
      indices = indices.flatMap { base in (0..<shape[axis]).map { base + $0 * strides[axis] } }
    }
    return indices
  }
}
