/// The header of an `.npy`: what is in the file, and where. Format: numpy.lib.format, versions 1 to 3.
struct NPYHeader {
  /// No array of more bytes is read.
  static let maximumByteCount = 64 << 30
  /// What must be there before the header's length is known: magic, version, length.
  static let preambleByteCount = 12
  /// numpy pads its headers to less than 200 bytes; structured types, not read here, need more.
  private static let maximumLength = 65_536

  let elementType: NDArray.ElementType
  let isBigEndian: Bool
  /// Whether the first dimension, not the last, runs fastest.
  let isColumnMajor: Bool
  let shape: [Int]
  /// Where the elements begin.
  let offset: Int
  /// The bytes of all elements.
  let byteCount: Int

  /// Where the elements begin, from the first bytes of a file.
  ///
  /// - Throws: ``NPYProblem`` where they are not those of an `.npy`.
  static func offset(preamble: [UInt8]) throws -> Int {
    guard preamble.starts(with: [0x93] + Array("NUMPY".utf8)), preamble.count >= 10 else {
      throw NPYProblem("is not an .npy array (no NUMPY signature)")
    }
    let (start, length): (Int, Int)
    switch preamble[6] {
    case 1: (start, length) = (10, Int(preamble[8]) | Int(preamble[9]) << 8)
    case 2, 3:
      guard preamble.count >= 12 else { throw NPYProblem("ends within its header: truncated") }
      (start, length) = (
        12, (0..<4).reduce(0) { $0 | Int(preamble[8 + $1]) << (8 * $1) }
      )
    case let version: throw NPYProblem("has .npy version \(version); expected 1, 2 or 3")
    }
    guard length <= maximumLength else {
      throw NPYProblem("its header claims \(length) bytes; expected at most \(maximumLength)")
    }
    return start + length
  }

  /// Reads the header from `head`, the first bytes of a file up to the elements.
  ///
  /// - Throws: ``NPYProblem`` that says what is wrong.
  init(head: [UInt8]) throws {
    offset = try Self.offset(preamble: Array(head.prefix(Self.preambleByteCount)))
    guard head.count >= offset else { throw NPYProblem("ends within its header: truncated") }
    let start = head[6] == 1 ? 10 : 12
    var literal = PythonLiteral(head[start..<offset])
    let (descriptor, isColumnMajor, shape) = try literal.parseHeader()
    (self.isColumnMajor, self.shape) = (isColumnMajor, shape)
    (elementType, isBigEndian) = try Self.elementType(descriptor)
    var size = elementType.byteCount
    for dimension in shape where dimension > 0 {
      let (next, overflow) = size.multipliedReportingOverflow(by: dimension)
      guard !overflow, next <= Self.maximumByteCount else {
        throw NPYProblem("its shape \(shape) has more than 64 GiB")
      }
      size = next
    }
    byteCount = shape.contains(0) ? 0 : size
  }

  private static func elementType(
    _ descriptor: String
  ) throws -> (NDArray.ElementType, isBigEndian: Bool) {
    let types: [String: NDArray.ElementType] = [
      "b1": .bool, "u1": .uint8, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
      "f2": .float16, "f4": .float32, "f8": .float64,
    ]
    let order = descriptor.first.flatMap { "<>|=".contains($0) ? $0 : nil }
    guard let type = types[order == nil ? descriptor : String(descriptor.dropFirst())] else {
      throw NPYProblem(
        "has elements of type \"\(descriptor)\"; expected one of "
          + NDArray.ElementType.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return (type, order == ">")
  }

  /// The array whose elements are `data`, `byteCount` bytes as they are in the file.
  func array(_ data: [UInt8]) -> NDArray {
    let size = elementType.byteCount
    var bytes = data
    if isBigEndian, size > 1 {
      for start in stride(from: 0, to: bytes.count, by: size) {
        bytes[start..<start + size].reverse()
      }
    }
    if isColumnMajor, shape.count > 1 { bytes = rowMajor(bytes) }
    return NDArray(shape: shape, elementType: elementType, bytes: bytes)
  }

  private func rowMajor(_ bytes: [UInt8]) -> [UInt8] {
    let size = elementType.byteCount
    var strides = shape
    var product = 1
    for axis in shape.indices { (strides[axis], product) = (product, product * shape[axis]) }
    var index = [Int](repeating: 0, count: shape.count)
    var source = 0
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    while result.count < bytes.count {
      result.append(contentsOf: bytes[source * size..<(source + 1) * size])
      for axis in shape.indices.reversed() {
        index[axis] += 1
        source += strides[axis]
        guard index[axis] == shape[axis] else { break }
        source -= strides[axis] * shape[axis]
        index[axis] = 0
      }
    }
    return result
  }
}

/// What is wrong with an `.npy`, before it is known in which file it stands.
struct NPYProblem: Error {
  let message: String
  init(_ message: String) { self.message = message }
}
