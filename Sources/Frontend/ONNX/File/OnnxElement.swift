/// The types of tensor elements that can be read, by their numbers in ONNX.
enum OnnxElement: Int32 {
  case float = 1
  case uint8, int8, uint16, int16, int32, int64
  case bool = 9
  case float16, double, uint32, uint64
  case bfloat16 = 16

  /// The bytes of one element in `raw_data`.
  var width: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float, .int32, .uint32: 4
    case .int64, .uint64, .double: 8
    }
  }

  /// Whether elements are whole numbers or truth values.
  var isInteger: Bool {
    switch self {
    case .float, .float16, .double, .bfloat16: false
    case .uint8, .int8, .uint16, .int16, .int32, .int64, .bool, .uint32, .uint64: true
    }
  }

  /// The field of `TensorProto` that holds elements one by one where they are not in `raw_data`.
  var typedField: UInt32 {
    switch self {
    case .float: 4
    case .int32, .int16, .int8, .uint16, .uint8, .bool, .float16, .bfloat16: 5
    case .int64: 7
    case .double: 10
    case .uint32, .uint64: 11
    }
  }

  /// The smallest and largest of the integer types that activations are quantised to.
  var range: ClosedRange<Int>? {
    switch self {
    case .uint8: 0...255
    case .int8: -128...127
    case .uint16: 0...65535
    case .int16: -32768...32767
    case .float, .int32, .int64, .bool, .float16, .double, .uint32, .uint64, .bfloat16: nil
    }
  }

  /// The number that `bits` stand for, as they are in a typed field or, widened, in `raw_data`.
  func float(_ bits: UInt64) -> Float {
    switch self {
    case .float: Float(bitPattern: UInt32(truncatingIfNeeded: bits))
    case .double: Float(Double(bitPattern: bits))
    case .float16: OnnxElement.half(UInt16(truncatingIfNeeded: bits))
    case .bfloat16: Float(bitPattern: UInt32(UInt16(truncatingIfNeeded: bits)) << 16)
    case .uint64: Float(bits)
    case .uint8, .int8, .uint16, .int16, .int32, .int64, .bool, .uint32: Float(integer(bits))
    }
  }

  /// The whole number that `bits` stand for; those of `uint64` above 2^63 wrap.
  func integer(_ bits: UInt64) -> Int {
    switch self {
    case .uint8: Int(UInt8(truncatingIfNeeded: bits))
    case .int8: Int(Int8(truncatingIfNeeded: bits))
    case .uint16: Int(UInt16(truncatingIfNeeded: bits))
    case .int16: Int(Int16(truncatingIfNeeded: bits))
    case .int32: Int(Int32(truncatingIfNeeded: bits))
    case .uint32: Int(UInt32(truncatingIfNeeded: bits))
    case .bool: bits == 0 ? 0 : 1
    case .int64, .uint64: Int(truncatingIfNeeded: bits)
    case .float, .double, .float16, .bfloat16: 0
    }
  }

  /// IEEE 754 binary16. (Swift's own type is missing on some systems.)
  private static func half(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let (exponent, fraction) = (UInt32(bits >> 10) & 0x1F, UInt32(bits & 0x3FF))
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * Float(sign: .plus, exponent: -24, significand: 1)
      return sign == 0 ? magnitude : -magnitude
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
