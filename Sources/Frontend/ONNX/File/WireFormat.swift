import SpikeIR

/// Walks the fields of a protocol-buffer message in a file.
///
/// Source: the encoding page of the Protocol Buffers documentation.
struct WireFormat {
  /// One field as it is encoded.
  struct Field {
    /// The number that the schema gives it.
    let number: Int
    /// Whether it is a run of bytes: a string, a message, or packed numbers.
    let isDelimited: Bool
    /// Where it lies in the file, tag and length included.
    let range: Range<Int>
    /// Where its content lies.
    let content: Range<Int>
  }

  private let file: FileBytes
  private var position: Int
  private let end: Int

  /// The fields of the message in a range of a file.
  init(_ file: FileBytes, _ range: Range<Int>) {
    self.file = file
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field; nil at the end of the message.
  ///
  /// - Throws: a `Diagnostic` if the bytes are no message.
  mutating func next() throws -> Field? {
    guard position < end else { return nil }
    let start = position
    let tag = try varint()
    guard let number = Int(exactly: tag >> 3), (1..<1 << 29).contains(number) else {
      throw WireFormat.damaged(start)
    }
    let length: UInt64
    switch tag & 7 {
    case 0:
      let content = position
      _ = try varint()
      return Field(
        number: number, isDelimited: false, range: start..<position, content: content..<position)
    case 1: length = 8
    case 2: length = try varint()
    case 5: length = 4
    default: throw WireFormat.damaged(start)
    }
    guard length <= UInt64(end - position) else {
      throw Diagnostic(
        "a part at byte \(start) claims \(length) bytes where \(end - position) are left:"
          + " truncated or damaged")
    }
    let content = position..<position + Int(length)
    position = content.upperBound
    return Field(
      number: number, isDelimited: tag & 7 == 2, range: start..<position, content: content)
  }

  /// The next number in a run of packed ones; nil at the end.
  mutating func nextPacked() throws -> UInt64? { position < end ? try varint() : nil }

  private mutating func varint() throws -> UInt64 {
    var result: UInt64 = 0
    let start = position
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw WireFormat.damaged(start) }
      let byte = try file.byte(at: position)
      position += 1
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
    }
    throw WireFormat.damaged(start)
  }

  private static func damaged(_ offset: Int) -> Diagnostic {
    Diagnostic("is not valid ONNX at byte \(offset): truncated or damaged")
  }
}

extension [UInt8] {
  /// Appends a number as a varint.
  mutating func append(varint number: Int) {
    var rest = UInt64(number)
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }
}
