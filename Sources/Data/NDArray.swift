/// An array of numbers with a shape, the last dimension running fastest.
public struct NDArray: Sendable, Equatable {
  /// The type of an array's elements; the raw value is numpy's name of it.
  public enum ElementType: String, Sendable, CaseIterable {
    case bool, uint8, int8, int16, int32, int64, float16, float32, float64

    /// The bytes of one element.
    public var byteCount: Int {
      switch self {
      case .bool, .uint8, .int8: 1
      case .int16, .float16: 2
      case .int32, .float32: 4
      case .int64, .float64: 8
      }
    }
  }

  /// Its dimensions; `[]` for a scalar.
  public let shape: [Int]
  /// The type of its elements.
  public let elementType: ElementType
  /// Its elements, little-endian.
  public let bytes: [UInt8]

  /// How many elements it has.
  public var count: Int { bytes.count / elementType.byteCount }
  /// The size of the first dimension; 1 for a scalar.
  public var rowCount: Int { shape.first ?? 1 }
  /// How many elements a row, one index of the first dimension, has.
  public var rowElementCount: Int { shape.dropFirst().reduce(1, *) }

  /// An array of little-endian `bytes`.
  public init(shape: [Int], elementType: ElementType, bytes: [UInt8]) {
    precondition(
      shape.reduce(elementType.byteCount, *) == bytes.count,
      "\(bytes.count) bytes for \(elementType) \(shape)")
    (self.shape, self.elementType, self.bytes) = (shape, elementType, bytes)
  }

  /// An array of float32.
  public init(_ values: [Float], shape: [Int]) {
    let bytes = values.flatMap { Self.littleEndian($0.bitPattern) }
    self.init(shape: shape, elementType: .float32, bytes: bytes)
  }

  /// An array of uint8.
  public init(_ values: [UInt8], shape: [Int]) {
    self.init(shape: shape, elementType: .uint8, bytes: values)
  }

  /// An array of int64.
  public init(_ values: [Int], shape: [Int]) {
    let bytes = values.flatMap { Self.littleEndian(Int64($0)) }
    self.init(shape: shape, elementType: .int64, bytes: bytes)
  }

  /// The elements of some rows, rounded to float32; only these are converted.
  ///
  /// - Precondition: `rows` lies within `0..<rowCount`.
  public func floats(rows: Range<Int>) -> [Float] {
    precondition(0 <= rows.lowerBound && rows.upperBound <= rowCount, "rows \(rows) of \(shape)")
    return floats(rows.lowerBound * rowElementCount..<rows.upperBound * rowElementCount)
  }

  /// All elements, rounded to float32.
  public func floats() -> [Float] { floats(0..<count) }

  private func floats(_ range: Range<Int>) -> [Float] {
    switch elementType {
    case .bool: load(range, UInt8.self) { $0 == 0 ? 0 : 1 }
    case .uint8: load(range, UInt8.self) { Float($0) }
    case .int8: load(range, Int8.self) { Float($0) }
    case .int16: load(range, Int16.self) { Float(Int16(littleEndian: $0)) }
    case .int32: load(range, Int32.self) { Float(Int32(littleEndian: $0)) }
    case .int64: load(range, Int64.self) { Float(Int64(littleEndian: $0)) }
    case .float16: load(range, UInt16.self) { Self.float(half: UInt16(littleEndian: $0)) }
    case .float32: load(range, UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .float64:
      load(range, UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    }
  }

  /// All elements as integers, or nil where one is not a whole number that fits.
  public func integers() -> [Int]? {
    let all = 0..<count
    switch elementType {
    case .bool: return load(all, UInt8.self) { $0 == 0 ? 0 : 1 }
    case .uint8: return load(all, UInt8.self) { Int($0) }
    case .int8: return load(all, Int8.self) { Int($0) }
    case .int16: return load(all, Int16.self) { Int(Int16(littleEndian: $0)) }
    case .int32: return load(all, Int32.self) { Int(Int32(littleEndian: $0)) }
    case .int64: return load(all, Int64.self) { Int(Int64(littleEndian: $0)) }
    case .float64:
      let whole = load(all, UInt64.self) {
        Int(exactly: Double(bitPattern: UInt64(littleEndian: $0)))
      }
      return whole.contains(nil) ? nil : whole.compactMap(\.self)
    case .float16, .float32:
      let whole = floats().map { Int(exactly: $0) }
      return whole.contains(nil) ? nil : whole.compactMap(\.self)
    }
  }

  private func load<Stored: BitwiseCopyable, Value>(
    _ range: Range<Int>, _ stored: Stored.Type, _ convert: (Stored) -> Value
  ) -> [Value] {
    bytes.withUnsafeBytes { buffer in
      let size = MemoryLayout<Stored>.size
      return range.map { convert(buffer.loadUnaligned(fromByteOffset: $0 * size, as: stored)) }
    }
  }

  private static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// IEEE 754 binary16, by hand since Intel Macs have no `Float16`.
  private static func float(half bits: UInt16) -> Float {
    let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 1023))
    let magnitude: Float =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? .infinity : .nan
      default: Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
      }
    return bits >> 15 == 0 ? magnitude : -magnitude
  }
}
