import Foundation
import SpikeIR

/// A file that is read at given places, so that no more of it is in memory than was asked for.
final class FileBytes {
  /// The number of bytes in the file.
  let count: Int
  private let descriptor: Int32
  /// The bytes last looked at one by one, and where they begin.
  private var window: [UInt8] = []
  private var windowStart = 0
  private static let windowSize = 1 << 16

  /// Opens the file at `path`.
  ///
  /// - Throws: a `Diagnostic` if it cannot be opened or is not a plain file.
  init(path: String) throws {
    // A named pipe would block the program until somebody writes to it.
    descriptor = open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else { throw Diagnostic("cannot be read", file: path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw Diagnostic("is not a plain file", file: path)
    }
    count = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills a buffer with the bytes from `offset` on.
  ///
  /// - Throws: a `Diagnostic` if the file ends before.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let got = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw Diagnostic("ends in the middle: truncated") }
      done += got
    }
  }

  /// The bytes of a range that lies within the file.
  func bytes(_ range: Range<Int>) throws -> ArraySlice<UInt8> {
    if range.count > FileBytes.windowSize {
      return try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
        try read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
        count = range.count
      }[...]
    }
    if range.lowerBound < windowStart || range.upperBound > windowStart + window.count {
      try moveWindow(to: range.lowerBound)
    }
    guard range.upperBound <= windowStart + window.count else {
      throw Diagnostic("ends in the middle: truncated")
    }
    return window[range.lowerBound - windowStart..<range.upperBound - windowStart]
  }

  /// The byte at a place within the file.
  func byte(at offset: Int) throws -> UInt8 {
    if offset < windowStart || offset >= windowStart + window.count {
      try moveWindow(to: offset)
    }
    guard window.indices.contains(offset - windowStart) else {
      throw Diagnostic("ends in the middle: truncated")
    }
    return window[offset - windowStart]
  }

  private func moveWindow(to offset: Int) throws {
    let size = max(0, min(FileBytes.windowSize, count - offset))
    window = try [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      try read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<size]))
      initialized = size
    }
    windowStart = offset
  }
}
