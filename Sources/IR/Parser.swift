/// Gives the values of a constant that the text only declares: its name, its shape, and whether
/// its values are integers.
public typealias ConstantProvider = (String, [Int], Bool) throws -> Tensor

extension Graph {
  /// Reads the textual form, and verifies what was read.
  ///
  /// - Parameters:
  ///   - text: what `text(_:weights:)` gives, or a person wrote.
  ///   - provider: is called with the header's `weights` first, then gives the values of every
  ///     constant that has none in the text.
  /// - Throws: a `Diagnostic` with line, column and the line itself.
  public init(
    parsing text: String,
    constants provider: (String?) throws -> ConstantProvider = { _ in
      { _, _, _ in throw Diagnostic("the text has no values for it") }
    }
  ) throws {
    var parser = Parser(text)
    do {
      self = try parser.parse(provider)
    } catch let error as SyntaxError {
      throw error.diagnostic(in: text)
    }
    try verify()
  }
}

/// A recursive-descent parser over the tokens of one text.
struct Parser {
  private var lexer: Lexer
  private var token = Token(kind: .lineEnd, offset: 0)
  private var graph = Graph(name: "")
  private var weights: String?
  /// No value has more elements than this.
  private static let mostElements = 1 << 28
  /// A short text cannot ask for more memory than this.
  private static let mostSeededValues = 1 << 16

  init(_ text: String) { lexer = Lexer(text) }

  mutating func parse(_ provider: (String?) throws -> ConstantProvider) throws -> Graph {
    try advance()
    try skipLineEnds()
    try parseHeader()
    let values = try provider(weights)
    while token.kind != .end {
      switch token.kind {
      case .lineEnd: try advance()
      case .word("constant"): try parseConstant(values)
      case .word("output"): try parseOutput()
      case .node(let name): try parseNode(name)
      default: throw error("expected 'constant', '%name = ...' or 'output'")
      }
    }
    return graph
  }

  // MARK: Tokens

  private mutating func advance() throws { token = try lexer.next() }

  private func error(_ message: String, notes: [String] = []) -> SyntaxError {
    SyntaxError(message, token.offset, notes: notes)
  }

  private mutating func skipLineEnds() throws { while token.kind == .lineEnd { try advance() } }

  private mutating func expect(_ character: Character) throws {
    guard token.kind == .punctuation(character) else { throw error("expected '\(character)'") }
    try advance()
  }

  private mutating func accept(_ character: Character) throws -> Bool {
    guard token.kind == .punctuation(character) else { return false }
    try advance()
    return true
  }

  private mutating func word() throws -> String {
    guard case .word(let word) = token.kind else { throw error("expected a name") }
    try advance()
    return word
  }

  private mutating func string() throws -> String {
    guard case .string(let text) = token.kind else { throw error("expected a text in quotes") }
    try advance()
    return text
  }

  private mutating func integer() throws -> Int {
    guard case .number(let text) = token.kind, let value = Int(text), value.magnitude < 1 << 40
    else {
      throw error("expected a whole number")
    }
    try advance()
    return value
  }

  /// `open item, item close`, with `item` reading one.
  private mutating func list(
    _ open: Character, _ close: Character, _ item: (inout Parser) throws -> Void
  ) throws {
    try expect(open)
    if try accept(close) { return }
    repeat { try item(&self) } while try accept(",")
    try expect(close)
  }

  private mutating func lineEnd() throws {
    guard token.kind == .lineEnd || token.kind == .end else {
      throw error("expected the line's end")
    }
  }

  // MARK: Parts

  private mutating func parseHeader() throws {
    guard try word() == "graph" else { throw error("the text starts with 'graph \"name\" {}'") }
    graph.name = try string()
    try list("{", "}") { parser in
      switch try parser.word() {
      case "weights":
        try parser.expect("=")
        parser.weights = try parser.string()
      case "timesteps":
        try parser.expect("=")
        let value = try parser.integer()
        guard (1...65535).contains(value) else { throw parser.error("timesteps are 1 to 65535") }
        parser.graph.timesteps = value
      case "passes":
        try parser.expect("=")
        try parser.list("[", "]") { $0.graph.history.append(try $0.word()) }
      case "facts":
        try parser.expect("=")
        try parser.list("[", "]") { parser in
          let name = try parser.word()
          guard let fact = Fact(rawValue: name) else {
            throw parser.error("unknown fact '\(name)'")
          }
          parser.graph.facts.insert(fact)
        }
      default: throw parser.error("the header has weights, passes, timesteps and facts")
      }
    }
    try lineEnd()
  }

  /// `f32[3x3]`: the element's name and the extents.
  private mutating func parseType() throws -> (element: String, shape: [Int]) {
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

  private mutating func parseConstant(_ provider: ConstantProvider) throws {
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
  private mutating func parseValues(_ shape: [Int], isInteger: Bool) throws -> Tensor {
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

  private func number<Value>(_ text: String, _ read: (String) -> Value?) throws -> Value {
    guard let value = read(text) else { throw error("'\(text.prefix(40))' is no number here") }
    return value
  }

  private mutating func parseOutput() throws {
    try advance()
    graph.outputs.append(try node())
    try lineEnd()
  }

  private mutating func node() throws -> NodeID {
    guard case .node(let name) = token.kind else { throw error("expected %name") }
    guard let id = graph.node(named: name) else {
      throw error("%\(name) is not defined above")
    }
    try advance()
    return id
  }

  private mutating func parseNode(_ name: String) throws {
    let start = token.offset
    guard graph.node(named: name) == nil else { throw error("%\(name) stands here twice") }
    try advance()
    try expect("=")
    let kind = try operationType()
    var operands: [NodeID] = []
    if case .node = token.kind {
      repeat { operands.append(try node()) } while try accept(",")
    }
    let parameters = try parseParameters(kind)
    try expect(":")
    let type = try parseNodeType()
    let scale = try parseScale()
    let origin = try parseOrigin()
    do {
      let id = try graph.add(
        name, parameters, operands, type: type, scale: scale, origin: origin)
      guard graph[id].type == type else {
        throw Diagnostic("the operands give \(graph[id].type), not \(type)")
      }
    } catch let diagnostic as Diagnostic {
      throw SyntaxError(diagnostic.message, start, notes: diagnostic.notes)
    }
    try lineEnd()
  }

  private mutating func operationType() throws -> any OperationParameters.Type {
    let place = token
    let mnemonic = try word()
    if let kind = Operation.all.first(where: { $0.mnemonic == mnemonic }) { return kind }
    let near = mnemonic.nearest(in: Operation.all.map { $0.mnemonic })
    throw SyntaxError(
      "there is no operation '\(mnemonic)'", place.offset,
      notes: near.map { ["did you mean '\($0)'?"] } ?? [])
  }

  private mutating func parseNodeType() throws -> TensorType {
    let place = token
    let (name, shape) = try parseType()
    guard let element = ElementType(rawValue: name) else {
      throw SyntaxError("values are f32, level, spike or current", place.offset)
    }
    return TensorType(element, shape)
  }

  private mutating func parseParameters(_ kind: any OperationParameters.Type) throws
    -> any OperationParameters
  {
    let start = token.offset
    var attributes: [Attribute] = []
    if token.kind == .punctuation("{") {
      try list("{", "}") { parser in
        let name = try parser.word()
        try parser.expect("=")
        attributes.append(Attribute(name, try parser.attributeValue()))
      }
    }
    do {
      var reader = AttributeReader(attributes)
      let parameters = try kind.init(reading: &reader)
      guard let unread = reader.unread.first else { return parameters }
      throw Diagnostic("\(kind.mnemonic) has no attribute '\(unread)'")
    } catch let diagnostic as Diagnostic {
      throw SyntaxError(diagnostic.message, start, notes: diagnostic.notes)
    }
  }

  private mutating func attributeValue() throws -> AttributeValue {
    switch token.kind {
    case .number(let text):
      if let value = Int(text) {
        guard value.magnitude < 1 << 40 else { throw error("the number is too large") }
        try advance()
        return .integer(value)
      }
      let value = try number(text, Double.init)
      guard value.isFinite else { throw error("the number is too large") }
      try advance()
      return .real(value)
    case .word(let name):
      try advance()
      return .symbol(name)
    case .constant(let name):
      guard let id = graph.constants.id(named: name) else {
        throw error("@\(name) is not declared above")
      }
      try advance()
      return .constant(id)
    case .punctuation("["):
      var values: [Int] = []
      try list("[", "]") { values.append(try $0.integer()) }
      return .integers(values)
    case .node, .string, .punctuation, .lineEnd, .end:
      throw error("expected a number, a list, a name or a constant")
    }
  }

  private mutating func parseScale() throws -> ConstantID? {
    guard token.kind == .word("scale") else { return nil }
    try advance()
    guard case .constant(let id) = try attributeValue() else { throw error("expected @name") }
    return id
  }

  private mutating func parseOrigin() throws -> Origin {
    guard token.kind == .word("loc") else { return Origin() }
    try advance()
    try expect("(")
    var layers: [String] = []
    repeat { layers.append(try string()) } while try accept("+")
    try expect(")")
    return Origin(layers)
  }
}
