/// Reads types, and constants with their values.
extension Parser {
  /// `f32[3x3]`: the element's name and the extents.
  mutating func parseType() throws -> (element: String, shape: [Int]) {
    let element = try word()
    try expect("[")
    var shape: [Int] = []
    if case .number(let text) = token.kind {
      for part in text.split(separator: "x", omittingEmptySubsequences: false) {
        guard let extent = Int(part), extent > 0, extent <= Parser.mostElements else {
          throw error("extents are positive numbers with 'x' between them")
        }
        shape.append(extent)
      }
      try advance()
    }
    var count = 1
    for extent in shape {
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: extent)
      guard !isTooLarge, product <= Parser.mostElements else {
        throw error("the value is too large")
      }
      count = product
    }
    guard shape.count <= 8 else { throw error("a value has at most 8 axes") }
    try expect("]")
    return (element, shape)
  }

  mutating func parseConstant(_ provider: ConstantProvider) throws {
    try advance()
    guard case .constant(let name) = token.kind else { throw error("expected @name") }
    guard graph.constants.id(named: name) == nil else { throw error("@\(name) stands here twice") }
    let place = token
    try advance()
    try expect(":")
    let (element, shape) = try parseType()
    guard element == "f32" || element == "i32" else { throw error("constants are f32 or i32") }
    let tensor: Tensor
    if try accept("=") {
      tensor = try parseValues(shape, isInteger: element == "i32")
    } else {
      if token.kind == .word("digest") {
        try advance()
        _ = try string()
      }
      do {
        tensor = try provider(name, shape, element == "i32")
      } catch let diagnostic as Diagnostic {
        throw SyntaxError("@\(name): \(diagnostic.message)", place.offset, notes: diagnostic.notes)
      }
    }
    guard tensor.shape == shape, tensor.elementName == element else {
      throw SyntaxError("the values of @\(name) have another shape or type", place.offset)
    }
    _ = graph.constants.add(name, tensor)
    try lineEnd()
  }

  /// `[1, 2]`, or `seeded(7)`: as many numbers from -1 to 1, for tests.
  mutating func parseValues(_ shape: [Int], isInteger: Bool) throws -> Tensor {
    let count = shape.reduce(1, *)
    if token.kind == .word("seeded"), !isInteger {
      guard count <= Parser.mostSeededValues else { throw error("too many seeded values") }
      try advance()
      try expect("(")
      let seed = try integer()
      try expect(")")
      return Tensor(shape, SeededValues.floats(count, seed: seed))
    }
    var texts: [String] = []
    try list("[", "]") { parser in
      switch parser.token.kind {
      case .number(let text), .word(let text): texts.append(text)
      default: throw parser.error("expected a number")
      }
      try parser.advance()
    }
    guard texts.count == count else { throw error("\(texts.count) values for \(count) elements") }
    if isInteger {
      return Tensor(shape, integers: try texts.map { try number($0, Int32.init) })
    }
    return Tensor(shape, try texts.map { try number($0, Float.init) })
  }

  func number<Value>(_ text: String, _ read: (String) -> Value?) throws -> Value {
    guard let value = read(text) else { throw error("'\(text.prefix(40))' is no number here") }
    return value
  }
}
