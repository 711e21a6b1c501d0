import CHDF5

/// A Swift type that datasets are read into and written from.
public protocol HDF5Element: Sendable, BitwiseCopyable {
  /// The value that storage starts with before it is read into.
  static var zero: Self { get }
  /// libhdf5's identifiers of the type in memory and in a written file. Immutable, never closed.
  static var hdf5Types: (memory: Int64, file: Int64) { get }
}

extension Float: HDF5Element {
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_float32(), spikec_h5_file_float32())
  }
}

extension Double: HDF5Element {
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_float64(), spikec_h5_file_float64())
  }
}

extension Int8: HDF5Element {
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_int8(), spikec_h5_file_int8())
  }
}

extension UInt8: HDF5Element {
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_uint8(), spikec_h5_file_uint8())
  }
}

extension Int16: HDF5Element {
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_int16(), spikec_h5_file_int16())
  }
}

extension Int32: HDF5Element {
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_int32(), spikec_h5_file_int32())
  }
}

extension Int64: HDF5Element {
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_int64(), spikec_h5_file_int64())
  }
}

/// The type of a dataset's or attribute's elements in the file.
public struct HDF5ElementType: Sendable, Equatable, CustomStringConvertible {
  /// The class of type.
  public enum Kind: Sendable {
    case float, signedInteger, unsignedInteger
    /// Strings that are all `byteCount` bytes long, padding included.
    case fixedString
    /// Strings of their own lengths; `byteCount` is that of a reference.
    case variableString
    /// Compound, enumeration, array, opaque, reference, ...: cannot be read here.
    case other
  }

  /// The class of type.
  public let kind: Kind
  /// The bytes of one element in the file.
  public let byteCount: Int

  /// Such as `float32`, `uint8`, `string`.
  public var description: String {
    switch kind {
    case .float: "float\(byteCount * 8)"
    case .signedInteger: "int\(byteCount * 8)"
    case .unsignedInteger: "uint\(byteCount * 8)"
    case .fixedString, .variableString: "string"
    case .other: "type that is neither number nor string"
    }
  }

  init(_ type: hid_t) {
    byteCount = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_FLOAT: kind = .float
    case H5T_INTEGER: kind = H5Tget_sign(type) == H5T_SGN_NONE ? .unsignedInteger : .signedInteger
    case H5T_STRING: kind = H5Tis_variable_str(type) > 0 ? .variableString : .fixedString
    default: kind = .other
    }
  }

  /// Whether every value of this type has one in `target`: floats take any number, rounded, while
  /// integers take only integers that cannot overflow.
  func converts<Element: HDF5Element>(to target: Element.Type) -> Bool {
    let (isFloat, size, isSigned) = (
      H5Tget_class(Element.hdf5Types.memory) == H5T_FLOAT, MemoryLayout<Element>.size,
      H5Tget_sign(Element.hdf5Types.memory) != H5T_SGN_NONE
    )
    switch kind {
    case .float: return isFloat
    case .signedInteger: return isFloat || isSigned && byteCount <= size
    case .unsignedInteger: return isFloat || byteCount < size || byteCount == size && !isSigned
    case .fixedString, .variableString, .other: return false
    }
  }
}
