/// Parses the one Python literal that an `.npy` header is: a dictionary of `descr` (a string),
/// `fortran_order` (a Boolean) and `shape` (a tuple of integers), in any order, once each.
struct PythonLiteral {
  private var rest: ArraySlice<UInt8>

  init(_ text: ArraySlice<UInt8>) { rest = text }

  /// - Throws: ``NPYProblem`` where the text is anything else.
  mutating func parseHeader() throws -> (descr: String, fortranOrder: Bool, shape: [Int]) {
    var (descr, fortranOrder, shape): (String?, Bool?, [Int]?)
    try expect("{")
    while !take("}") {
      let key = try parseString()
      try expect(":")
      switch key {
      case "descr" where descr == nil: descr = try parseDescriptor()
      case "fortran_order" where fortranOrder == nil: fortranOrder = try parseBoolean()
      case "shape" where shape == nil: shape = try parseTuple()
      default: throw problem
      }
      if !take(",") {
        try expect("}")
        break
      }
    }
    skipBlanks()
    guard rest.isEmpty, let descr, let fortranOrder, let shape else { throw problem }
    return (descr, fortranOrder, shape)
  }

  private let problem = NPYProblem(
    "has a malformed header; expected {'descr': ..., 'fortran_order': ..., 'shape': ...}")

  private mutating func skipBlanks() {
    rest = rest.drop { $0 == 0x20 || $0 == 0x0a }
  }

  private mutating func take(_ token: String) -> Bool {
    skipBlanks()
    guard rest.starts(with: token.utf8) else { return false }
    rest.removeFirst(token.utf8.count)
    return true
  }

  private mutating func expect(_ token: String) throws {
    guard take(token) else { throw problem }
  }

  private mutating func parseString() throws -> String {
    skipBlanks()
    guard let quote = rest.popFirst(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { throw problem }
    let text = rest.prefix { $0 != quote && $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }
    rest.removeFirst(text.count)
    guard rest.popFirst() == quote else { throw problem }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func parseDescriptor() throws -> String {
    skipBlanks()
    guard rest.first != UInt8(ascii: "[") else {
      throw NPYProblem("has records for elements; expected numbers")
    }
    return try parseString()
  }

  private mutating func parseBoolean() throws -> Bool {
    if take("True") { return true }
    try expect("False")
    return false
  }

  private mutating func parseTuple() throws -> [Int] {
    var numbers: [Int] = []
    try expect("(")
    while !take(")") {
      skipBlanks()
      let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      // numpy has at most 64 dimensions.
      guard let number = Int(String(decoding: digits, as: UTF8.self)), numbers.count < 64 else {
        throw problem
      }
      rest.removeFirst(digits.count)
      // Python 2 wrote long integers with this suffix.
      _ = take("L")
      numbers.append(number)
      if !take(",") {
        // One number in parentheses is a number, not a tuple.
        guard numbers.count > 1 else { throw problem }
        try expect(")")
        break
      }
    }
    return numbers
  }
}
