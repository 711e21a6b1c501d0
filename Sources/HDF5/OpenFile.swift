import Foundation

/// A file that is open, closed when the last reference goes.
final class OpenFile: Sendable {
  let descriptor: Int32

  /// Takes over a file descriptor; nil where it is the system's mark of failure.
  private init?(_ descriptor: Int32) {
    guard descriptor >= 0 else { return nil }
    self.descriptor = descriptor
  }

  /// Opens the file at `path` to read it; nil where that fails.
  convenience init?(reading path: String) {
    self.init(open(path, O_RDONLY | O_CLOEXEC))
  }

  /// An empty file without a name, which is gone when it is closed; nil where none can be made.
  static func temporary() -> OpenFile? {
    let folder = FileManager.default.temporaryDirectory
    var name = folder.appendingPathComponent("spikec-XXXXXX").path.utf8CString.map { $0 }
    guard let file = OpenFile(mkstemp(&name)) else { return nil }
    unlink(name)
    return file
  }

  deinit { close(descriptor) }

  /// Its size in bytes.
  var byteCount: Int { max(0, Int(lseek(descriptor, 0, SEEK_END))) }

  /// Fills `bytes` with what stands at `offset`; false where the file ends before.
  func read(at offset: Int, into bytes: UnsafeMutableRawBufferPointer) -> Bool {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
      let got = pread(descriptor, rest.baseAddress, min(rest.count, 1 << 30), off_t(offset + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return false }
      done += got
    }
    return true
  }

  /// `count` bytes from `offset`, or nil where the file ends before.
  func bytes(at offset: Int, count: Int) -> [UInt8]? {
    var isWhole = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      isWhole = read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
      filled = isWhole ? count : 0
    }
    return isWhole ? bytes : nil
  }
}
