import Foundation

/// One array in a file, as `numpy.save` writes it.
public enum NPYFile {
  /// Reads the array in the file at `path`. Big-endian and column-major arrays are rearranged.
  ///
  /// - Throws: ``DataError`` where there is no such file, where it is not an `.npy`, where it is
  ///   truncated or has more than its header says, and where its elements are not numbers.
  public static func read(_ path: String) throws -> NDArray {
    do {
      let file = try contents(path)
      let preamble = Array(file.prefix(NPYHeader.preambleByteCount))
      let offset = try NPYHeader.offset(preamble: preamble)
      let header = try NPYHeader(head: Array(file.prefix(offset)))
      let data = file.dropFirst(offset)
      guard data.count == header.byteCount else {
        throw NPYProblem(
          "has \(data.count) bytes of data; \(header.elementType) \(header.shape) takes "
            + "\(header.byteCount)")
      }
      return header.array(Array(data))
    } catch let problem as NPYProblem {
      throw DataError(file: path, member: "", message: problem.message)
    }
  }

  /// Writes `array` in place of what is at `path`, at once: no reader sees half of it.
  ///
  /// - Throws: ``DataError`` where it cannot be written.
  public static func write(_ array: NDArray, to path: String) throws {
    do {
      try Data(encode(array)).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw DataError(
        file: path, member: "", message: "cannot be written: \(error.localizedDescription)")
    }
  }

  /// The bytes of `array` as an `.npy`, version 1.0, elements at a multiple of 64 bytes.
  static func encode(_ array: NDArray) -> [UInt8] {
    let descriptor =
      switch array.elementType {
      case .bool: "|b1"
      case .uint8: "|u1"
      case .int8: "|i1"
      case .int16: "<i2"
      case .int32: "<i4"
      case .int64: "<i8"
      case .float16: "<f2"
      case .float32: "<f4"
      case .float64: "<f8"
      }
    let shape = array.shape.map { "\($0)," }.joined(separator: " ")
    let tuple = array.shape.count > 1 ? String(shape.dropLast()) : shape
    var text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(tuple)), }"
    let padding = 63 - (10 + text.utf8.count) % 64
    text += String(repeating: " ", count: padding) + "\n"
    let length = [UInt8(text.utf8.count & 255), UInt8(text.utf8.count >> 8)]
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + length + Array(text.utf8) + array.bytes
  }

  private static func contents(_ path: String) throws -> Data {
    guard FileManager.default.fileExists(atPath: path) else { throw NPYProblem("no such file") }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch { throw NPYProblem("cannot be read: \(error.localizedDescription)") }
  }
}
