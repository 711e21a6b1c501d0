import CHDF5

/// A Swift type that datasets are read into and written from.
public protocol HDF5Element: Sendable, BitwiseCopyable {
  /// Which kind of number it is.
  static var hdf5Kind: HDF5ElementType.Kind { get }
  /// libhdf5's identifiers of the type in memory and in a written file. Immutable, never closed.
  static var hdf5Types: (memory: Int64, file: Int64) { get }
  /// The same number, or the closest.
  init<Source: BinaryInteger>(_ source: Source)
  /// The same number, or the closest.
  init(_ source: Double)
}

extension Float: HDF5Element {
  public static var hdf5Kind: HDF5ElementType.Kind { .float }
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_float32(), spikec_h5_file_float32())
  }
}

extension Double: HDF5Element {
  public static var hdf5Kind: HDF5ElementType.Kind { .float }
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_float64(), spikec_h5_file_float64())
  }
}

extension Int8: HDF5Element {
  public static var hdf5Kind: HDF5ElementType.Kind { .signedInteger }
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_int8(), spikec_h5_file_int8())
  }
}

extension UInt8: HDF5Element {
  public static var hdf5Kind: HDF5ElementType.Kind { .unsignedInteger }
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_uint8(), spikec_h5_file_uint8())
  }
}

extension Int16: HDF5Element {
  public static var hdf5Kind: HDF5ElementType.Kind { .signedInteger }
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_int16(), spikec_h5_file_int16())
  }
}

extension Int32: HDF5Element {
  public static var hdf5Kind: HDF5ElementType.Kind { .signedInteger }
  public static var hdf5Types: (memory: Int64, file: Int64) {
    (spikec_h5_native_int32(), spikec_h5_file_int32())
  }
}

extension Int64: HDF5Element {
  public static var hdf5Kind: HDF5ElementType.Kind { .signedInteger }
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

  /// Whether every value of this type has one in `target`: floats take any number, rounded, while
  /// integers take only integers that cannot overflow.
  func converts<Element: HDF5Element>(to target: Element.Type) -> Bool {
    let (isFloat, size) = (target.hdf5Kind == .float, MemoryLayout<Element>.size)
    let isSigned = target.hdf5Kind == .signedInteger
    switch kind {
    case .float: return isFloat
    case .signedInteger: return isFloat || isSigned && byteCount <= size
    case .unsignedInteger: return isFloat || byteCount < size || byteCount == size && !isSigned
    case .fixedString, .variableString, .other: return false
    }
  }
}
