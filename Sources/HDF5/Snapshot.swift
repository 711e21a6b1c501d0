import CHDF5Snapshot
import Foundation

/// What a file holds, as a process of its own read it by libhdf5. Corrupt files can crash libhdf5 or
/// make it damage the heap, so that it never reads a file in this process.
///
/// Numbers that stand in the file as the machine has them, which is nearly all of a trained network,
/// are not copied: they are read from the file itself when they are asked for.
final class Snapshot: Sendable {
  /// The path of the file.
  let path: String
  /// Its size.
  let byteCount: Int
  /// By number; the root is the first.
  let objects: [StoredObject]
  private let file: OpenFile
  private let values: OpenFile

  /// Reads the structure of the file at `path`.
  ///
  /// - Throws: ``HDF5Error`` where it is not an HDF5 file, or truncated, or corrupt.
  init(path: String) throws {
    func failure(_ message: String) -> HDF5Error {
      HDF5Error(file: path, object: "", message: message)
    }
    guard let file = OpenFile(reading: path) else { throw failure("cannot be read") }
    guard let records = OpenFile.temporary(), let values = OpenFile.temporary() else {
      throw failure("cannot be checked: no temporary file can be written")
    }
    let byteCount = file.byteCount
    guard Snapshot.hasSignature(file) else {
      throw failure("not an HDF5 file (no HDF5 signature)")
    }
    if let message = Snapshot.read(path, byteCount: byteCount, records, values) {
      throw failure(message)
    }
    guard let bytes = records.bytes(at: 0, count: records.byteCount) else {
      throw failure("corrupt HDF5 file")
    }
    switch StoredObject.read(
      bytes, fileByteCount: byteCount, valueByteCount: values.byteCount)
    {
    case .success(let objects): self.objects = objects
    case .failure(let reason): throw failure(reason.message)
    }
    (self.path, self.byteCount, self.file, self.values) = (path, byteCount, file, values)
  }

  /// Fills `bytes` with what stands at `offset` of the file, or of the values that were taken out of
  /// it; false where that ends before.
  func read(at offset: Int, isInPlace: Bool, into bytes: UnsafeMutableRawBufferPointer) -> Bool {
    (isInPlace ? file : values).read(at: offset, into: bytes)
  }

  /// HDF5 allows a block of the user's own before the signature, of 512 bytes times a power of 2.
  private static func hasSignature(_ file: OpenFile) -> Bool {
    var offset = 0
    while let start = file.bytes(at: offset, count: 8) {
      if start == [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] { return true }
      offset = offset == 0 ? 512 : 2 * offset
    }
    return false
  }

  /// Has the file read into records and values; returns what went wrong, if anything.
  private static func read(
    _ path: String, byteCount: Int, _ records: OpenFile, _ values: OpenFile
  ) -> String? {
    let seconds = 5 + byteCount / 10_000_000
    let process = withLibrary {
      spikec_h5_start(
        path, UInt64(byteCount), UInt32(clamping: seconds), records.descriptor, values.descriptor)
    }
    guard process >= 0 else { return "cannot be checked: no process can be started" }
    switch Int(spikec_h5_wait(process)) {
    case SPIKEC_H5_READ: return nil
    case SPIKEC_H5_NO_PROCESS: return "cannot be checked: no process can be waited for"
    case SPIKEC_H5_NO_SPACE: return "cannot be checked: no temporary file can be written"
    case SPIKEC_H5_ENDLESS: return "corrupt HDF5 file: it claims to hold more than it can"
    case Int(SIGALRM):
      return "corrupt HDF5 file: reading it does not end within \(seconds) seconds"
    default: return "corrupt HDF5 file: it crashes the HDF5 library"
    }
  }
}
