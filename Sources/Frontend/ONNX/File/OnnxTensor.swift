import COnnx
import SpikeIR

/// A tensor that lies in a file: the model's own or one beside it.
struct OnnxTensor {
  /// How the elements are encoded.
  enum Encoding {
    /// One after the other with a fixed width, little-endian.
    case fixed(FileBytes, Range<Int>)
    /// As packed varints, in one or more runs.
    case varints(FileBytes, [Range<Int>])
    /// As bits that were stored one by one, in the structure of the model.
    case single([UInt64])
  }

  let name: String
  let shape: [Int]
  let element: OnnxElement
  private let encoding: Encoding

  /// The number of elements.
  var count: Int { shape.reduce(1, *) }

  /// No network that fits the memory of one machine has more elements.
  static let largestCount = 1 << 28

  /// Reads where and how the elements lie; their number is checked, not their values.
  ///
  /// - Throws: a `Diagnostic` that names the tensor, if it is not one that can be read.
  init(_ tensor: Onnx__TensorProto, in file: FileBytes, folder: ExternalData) throws {
    let name = tensor.name.map { String(cString: $0) } ?? ""
    self.name = name
    func diagnostic(_ message: String) -> Diagnostic {
      Diagnostic("the tensor '\(name)' \(message)", notes: ["the file is damaged or incomplete"])
    }
    guard let element = OnnxElement(rawValue: tensor.data_type) else {
      throw Diagnostic(
        "the tensor '\(name)' has elements of type \(OnnxTensor.typeName(tensor.data_type)),"
          + " which are not read",
        notes: ["save the model with weights of type float32"])
    }
    self.element = element
    let dims = UnsafeBufferPointer(start: tensor.dims, count: tensor.n_dims)
    var count = 1
    for extent in dims {
      guard extent >= 0, extent <= OnnxTensor.largestCount,
        case let (product, overflow) = count.multipliedReportingOverflow(by: Int(extent)),
        !overflow, product <= OnnxTensor.largestCount
      else { throw diagnostic("has an impossible shape, \(dims.prefix(9).map { Int($0) })") }
      count = product
    }
    shape = dims.map { Int($0) }
    if tensor.data_location == 1 {
      encoding = try folder.encoding(of: tensor, byteCount: count * element.width, name: name)
    } else {
      encoding = try OnnxTensor.encoding(tensor, element, in: file)
    }
    guard storedCount(encoding).map({ $0 == count }) ?? true else {
      throw diagnostic("does not hold the \(count) elements of its shape \(shape)")
    }
  }

  /// The number of elements that are stored; nil where only reading tells.
  private func storedCount(_ encoding: Encoding) -> Int? {
    switch encoding {
    case .fixed(_, let range): range.count % element.width == 0 ? range.count / element.width : -1
    case .varints: nil
    case .single(let bits): bits.count
    }
  }

  private static func encoding(
    _ tensor: Onnx__TensorProto, _ element: OnnxElement, in file: FileBytes
  ) throws -> Encoding {
    let payloads = (0..<tensor.n_payload).compactMap { tensor.payload[$0]?.pointee }
    func ranges(_ field: UInt32) -> [Range<Int>] {
      payloads.filter { $0.field == field }.map { Int($0.offset)..<Int($0.offset + $0.length) }
    }
    if let raw = ranges(9).last { return .fixed(file, raw) }
    let typed = ranges(element.typedField)
    if typed.isEmpty { return .single(single(tensor, element)) }
    switch element {
    case .float, .double:
      guard typed.count == 1 else {
        throw Diagnostic("a tensor's elements are stored in pieces, which is not read")
      }
      return .fixed(file, typed[0])
    case .uint8, .int8, .uint16, .int16, .int32, .int64, .bool, .float16, .uint32, .uint64,
      .bfloat16:
      return .varints(file, typed)
    }
  }

  /// Elements that were written one by one, as old writers did, as bits.
  private static func single(_ tensor: Onnx__TensorProto, _ element: OnnxElement) -> [UInt64] {
    switch element.typedField {
    case 4: (0..<tensor.n_float_data).map { UInt64(tensor.float_data[$0].bitPattern) }
    case 5: (0..<tensor.n_int32_data).map { UInt64(bitPattern: Int64(tensor.int32_data[$0])) }
    case 7: (0..<tensor.n_int64_data).map { UInt64(bitPattern: tensor.int64_data[$0]) }
    case 10: (0..<tensor.n_double_data).map { tensor.double_data[$0].bitPattern }
    default: (0..<tensor.n_uint64_data).map { tensor.uint64_data[$0] }
    }
  }

  private static func typeName(_ number: Int32) -> String {
    let names: [Int32: String] = [
      0: "undefined", 8: "string", 14: "complex64", 15: "complex128", 17: "float8e4m3fn",
      18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4",
      23: "float4e2m1",
    ]
    return names[number] ?? "number \(number)"
  }
}

/// A tensor `[batch, rows, columns]` that is read as `[batch, columns, rows]`.
struct MatrixTransposition {
  let rows: Int
  let columns: Int
}

extension OnnxTensor {
  /// The elements as floats, in row-major order, or transposed while they are read, so that there
  /// is one copy of them in memory.
  ///
  /// - Throws: a `Diagnostic` if the file ends before or holds another number of elements.
  func floats(_ transposition: MatrixTransposition? = nil) throws -> [Float] {
    let isMoved = transposition.map { $0.rows > 1 && $0.columns > 1 } ?? false
    if case .fixed(let file, let range) = encoding, element == .float, !isMoved {
      return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        try file.read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
        initialized = count
      }
    }
    let columns = isMoved ? transposition?.columns ?? count : count
    let rows = isMoved ? transposition?.rows ?? 1 : 1
    return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress { base.initialize(repeating: 0, count: count) }
      var place = TransposedPlace(rows: rows, columns: columns)
      try forEachPiece { bits in place.write(bits.lazy.map(element.float), to: buffer) }
      initialized = count
    }
  }

  /// The elements as whole numbers. Empty for a tensor of floats.
  func integers() throws -> [Int] {
    guard element.isInteger else { return [] }
    var result: [Int] = []
    result.reserveCapacity(count)
    try forEachPiece { result += $0.map(element.integer) }
    return result
  }

  /// Gives the elements' bits piece by piece, in order.
  private func forEachPiece(_ body: ([UInt64]) -> Void) throws {
    let size = 1 << 16
    var done = 0
    switch encoding {
    case .single(let bits):
      body(bits)
      done = bits.count
    case .fixed(let file, let range):
      while done < count {
        let start = range.lowerBound + done * element.width
        let piece = min(size, count - done)
        body(bits(try file.bytes(start..<start + piece * element.width)))
        done += piece
      }
    case .varints(let file, let ranges):
      var piece: [UInt64] = []
      for range in ranges {
        var numbers = WireFormat(file, range)
        while done < count, let number = try numbers.nextPacked() {
          piece.append(number)
          done += 1
          if piece.count == size {
            body(piece)
            piece.removeAll(keepingCapacity: true)
          }
        }
      }
      body(piece)
    }
    guard done == count else {
      throw Diagnostic("the tensor '\(name)' holds \(done) elements, not the \(count) of its shape")
    }
  }

  private func bits(_ bytes: ArraySlice<UInt8>) -> [UInt64] {
    bytes.withUnsafeBytes { raw in
      let indices = 0..<raw.count / element.width
      switch element.width {
      case 1: return indices.map { UInt64(raw[$0]) }
      case 2:
        return indices.map { UInt64(raw.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self)) }
      case 4:
        return indices.map { UInt64(raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)) }
      default:
        return indices.map { raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
      }
    }
  }
}

/// Where the next elements of `[batch, rows, columns]` go in `[batch, columns, rows]`.
private struct TransposedPlace {
  let rows: Int
  let columns: Int
  private var batch = 0
  private var row = 0
  private var column = 0

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// Writes elements that follow those written before.
  mutating func write(_ values: some Sequence<Float>, to buffer: UnsafeMutableBufferPointer<Float>)
  {
    for value in values {
      buffer[batch + column * rows + row] = value
      column += 1
      if column == columns {
        column = 0
        row += 1
        if row == rows {
          row = 0
          batch += rows * columns
        }
      }
    }
  }
}
