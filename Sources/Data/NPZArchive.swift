import CZip
import Foundation

/// Named arrays in a zip file, as `numpy.savez` and `numpy.savez_compressed` write them.
/// An array is read when it is asked for.
public final class NPZArchive {
  /// The path it was opened with.
  public let path: String
  /// The names of its arrays, without `.npy`, in the order of the file.
  public let names: [String]
  private let archive: OpaquePointer
  private let indices: [String: zip_uint64_t]

  /// Opens the file at `path`.
  ///
  /// - Throws: ``DataError`` where there is no such file, where it is not a zip file, and where two
  ///   arrays have one name.
  public init(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw DataError(file: path, member: "", message: "no such file")
    }
    var code: Int32 = 0
    guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
      throw DataError(
        file: path, member: "", message: "is not an .npz: \(Self.reason(code)); expected a zip file"
      )
    }
    (self.path, self.archive) = (path, archive)
    var (names, indices): ([String], [String: zip_uint64_t]) = ([], [:])
    for index in 0..<zip_uint64_t(max(0, zip_get_num_entries(archive, 0))) {
      guard let name = zip_get_name(archive, index, 0).map({ String(cString: $0) }),
        name.hasSuffix(".npy")
      else { continue }
      let key = String(name.dropLast(4))
      guard indices.updateValue(index, forKey: key) == nil else {
        zip_discard(archive)
        throw DataError(file: path, member: key, message: "is there twice: corrupt")
      }
      names.append(key)
    }
    (self.names, self.indices) = (names, indices)
  }

  deinit { zip_discard(archive) }

  /// Reads the array `name`. Nothing is allocated beyond what the zip file really holds.
  ///
  /// - Throws: ``DataError`` where there is none, and where it is corrupt or not an array of numbers.
  public func array(named name: String) throws -> NDArray {
    do {
      return try read(name)
    } catch let problem as NPYProblem {
      throw DataError(file: path, member: name, message: problem.message)
    }
  }

  private func read(_ name: String) throws -> NDArray {
    guard let index = indices[name] else {
      throw NPYProblem("no such array; there are \(names.joined(separator: ", "))")
    }
    var status = zip_stat_t()
    let known = zip_uint64_t(ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE)
    guard zip_stat_index(archive, index, 0, &status) == 0, status.valid & known == known,
      let member = zip_fopen_index(archive, index, 0)
    else { throw NPYProblem("cannot be read: \(reason)") }
    defer { zip_fclose(member) }
    var head = try bytes(of: member, count: NPYHeader.preambleByteCount)
    let offset = try NPYHeader.offset(preamble: head)
    head += try bytes(of: member, count: max(0, offset - head.count))
    let header = try NPYHeader(head: head)
    let expected = header.offset + header.byteCount
    guard status.size == expected else {
      throw NPYProblem(
        "has \(status.size) bytes; \(header.elementType) \(header.shape) takes \(expected)")
    }
    // Deflate makes data at most about 1,032 times smaller.
    guard status.size / 1100 <= status.comp_size else {
      throw NPYProblem("claims \(status.size) bytes from \(status.comp_size): corrupt")
    }
    // Version 1 headers may end within the preamble that was read.
    let data =
      Array(head.dropFirst(header.offset))
      + (try bytes(of: member, count: expected - max(head.count, header.offset)))
    // The check sum is compared when the end is met.
    guard try bytes(of: member, count: 1, mayEnd: true).isEmpty else {
      throw NPYProblem("has more data than \(header.elementType) \(header.shape) takes")
    }
    return header.array(data)
  }

  private func bytes(of member: OpaquePointer, count: Int, mayEnd: Bool = false) throws -> [UInt8] {
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(count, 1 << 20))
    while result.count < count {
      let got = zip_fread(member, &chunk, zip_uint64_t(min(chunk.count, count - result.count)))
      guard got >= 0 else {
        let error = zip_file_get_error(member).pointee
        throw NPYProblem("is corrupt: \(Self.reason(error.zip_err))")
      }
      guard got > 0 else {
        if mayEnd { break }
        throw NPYProblem("ends after \(result.count) of \(count) bytes: truncated")
      }
      result.append(contentsOf: chunk[..<Int(got)])
    }
    return result
  }

  /// Writes deflated arrays in place of what is at `path`, at once: no reader sees half of it.
  /// Equal arrays give equal files.
  ///
  /// - Throws: ``DataError`` where it cannot be written.
  public static func write(_ arrays: [(name: String, array: NDArray)], to path: String) throws {
    var code: Int32 = 0
    guard let archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code) else {
      throw DataError(file: path, member: "", message: "cannot be written: \(reason(code))")
    }
    // libzip reads the sources, and renames its temporary file, when the archive is closed.
    let members = arrays.map { NPYFile.encode($0.array) }.map { bytes in
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      buffer.copyBytes(from: bytes)
      return buffer
    }
    defer { members.forEach { $0.deallocate() } }
    var isComplete = true
    for ((name, _), bytes) in zip(arrays, members) {
      let source = zip_source_buffer(archive, bytes.baseAddress, zip_uint64_t(bytes.count), 0)
      let index = zip_file_add(archive, name + ".npy", source, zip_flags_t(ZIP_FL_ENC_UTF_8))
      guard index >= 0 else {
        zip_source_free(source)
        isComplete = false
        break
      }
      // 1 January 1980, the first day a zip file can name.
      zip_file_set_dostime(archive, zip_uint64_t(index), 0, 0x21, 0)
      zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_DEFLATE, 6)
    }
    guard isComplete, zip_close(archive) == 0 else {
      let message = "cannot be written: \(reason(zip_get_error(archive).pointee.zip_err))"
      zip_discard(archive)
      throw DataError(file: path, member: "", message: message)
    }
  }

  private var reason: String { Self.reason(zip_get_error(archive).pointee.zip_err) }

  private static func reason(_ code: Int32) -> String {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return String(cString: zip_error_strerror(&error))
  }
}
