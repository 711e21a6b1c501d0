/// One word of the textual form.
struct Token: Equatable {
  enum Kind: Equatable {
    /// A keyword, mnemonic, attribute name or symbol.
    case word(String)
    /// `%name`
    case node(String)
    /// `@name`
    case constant(String)
    /// A number, as it was written.
    case number(String)
    /// A quoted text, unescaped.
    case string(String)
    /// One of `= { } [ ] ( ) , : +`.
    case punctuation(Character)
    /// The end of a line.
    case lineEnd
    case end
  }

  var kind: Kind
  /// Where it starts, in bytes from the start of the text.
  var offset: Int
}

/// Cuts the textual form into tokens.
struct Lexer {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  /// Whether a byte can be part of a plain name.
  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "-"), UInt8(ascii: "/"):
      true
    default: false
    }
  }

  /// The next token.
  ///
  /// - Throws: a `SyntaxError` for a byte that starts none, or a text without its closing quote.
  mutating func next() throws -> Token {
    skipSpace()
    let start = position
    guard position < bytes.count else { return Token(kind: .end, offset: start) }
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: "\n"):
      position += 1
      return Token(kind: .lineEnd, offset: start)
    case UInt8(ascii: "%"):
      position += 1
      return Token(kind: .node(try name()), offset: start)
    case UInt8(ascii: "@"):
      position += 1
      return Token(kind: .constant(try name()), offset: start)
    case UInt8(ascii: "\""):
      return Token(kind: .string(try quoted()), offset: start)
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      return Token(kind: .number(number()), offset: start)
    case _ where "={}[](),:+".utf8.contains(byte):
      position += 1
      return Token(kind: .punctuation(Character(Unicode.Scalar(byte))), offset: start)
    case _ where Lexer.isWord(byte):
      return Token(kind: .word(word()), offset: start)
    default:
      throw SyntaxError("this character starts nothing", start)
    }
  }

  /// Blanks and `//` comments; line ends count.
  private mutating func skipSpace() {
    while position < bytes.count {
      let byte = bytes[position]
      let isComment =
        byte == UInt8(ascii: "/") && position + 1 < bytes.count
        && bytes[position + 1] == UInt8(ascii: "/")
      if isComment {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
        || byte == UInt8(ascii: "\r")
      {
        position += 1
      } else {
        return
      }
    }
  }

  private mutating func word() -> String {
    let start = position
    while position < bytes.count, Lexer.isWord(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// A number with what may stand in one, such as `-1.5e-07`, `inf` or extents such as `3x3x64`.
  private mutating func number() -> String {
    let start = position
    while position < bytes.count,
      Lexer.isWord(bytes[position]) || bytes[position] == UInt8(ascii: "+")
    {
      if bytes[position] == UInt8(ascii: "+"), bytes[position - 1] != UInt8(ascii: "e") { break }
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func name() throws -> String {
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return try quoted() }
    let name = word()
    guard !name.isEmpty else { throw SyntaxError("a name is missing", position) }
    return name
  }

  private mutating func quoted() throws -> String {
    let start = position
    position += 1
    var result: [UInt8] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
      if byte == UInt8(ascii: "\\") { result += try escape(start) } else { result.append(byte) }
    }
    throw SyntaxError("the text has no closing quote", start)
  }

  private mutating func escape(_ start: Int) throws -> [UInt8] {
    guard position < bytes.count else { throw SyntaxError("the text is cut off", start) }
    let byte = bytes[position]
    position += 1
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return [byte] }
    guard byte == UInt8(ascii: "u"), position < bytes.count, bytes[position] == UInt8(ascii: "{")
    else { throw SyntaxError("there is no such escape", position - 1) }
    position += 1
    let hex = String(
      decoding: bytes[position...].prefix(8).prefix { $0 != UInt8(ascii: "}") }, as: UTF8.self)
    position += hex.utf8.count + 1
    guard let value = UInt32(hex, radix: 16), let scalar = Unicode.Scalar(value) else {
      throw SyntaxError("this is no character", start)
    }
    return Array(String(Character(scalar)).utf8)
  }
}

/// A place in the textual form where it cannot be read.
struct SyntaxError: Error {
  var message: String
  var offset: Int
  var notes: [String]

  init(_ message: String, _ offset: Int, notes: [String] = []) {
    self.message = message
    self.offset = offset
    self.notes = notes
  }

  /// The error with line, column, and the line with a caret under the place.
  func diagnostic(in text: String) -> Diagnostic {
    let bytes = Array(text.utf8)
    let place = min(offset, bytes.count)
    let before = bytes[..<place]
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    let from = max(start, place - 80)
    let shown = String(decoding: bytes[from..<min(end, from + 160)], as: UTF8.self)
    let caret = String(repeating: " ", count: place - from) + "^"
    return Diagnostic(
      "line \(line), column \(place - start + 1): \(message)", notes: notes + [shown, caret])
  }
}
