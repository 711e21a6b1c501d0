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
  private(set) var token = Token(kind: .lineEnd, offset: 0)
  var graph = Graph(name: "")
  private var weights: String?
  /// No value has more elements than this.
  static let mostElements = 1 << 28
  /// A short text cannot ask for more memory than this.
  static let mostSeededValues = 1 << 16

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

  private mutating func parseOutput() throws {
    try advance()
    graph.outputs.append(try node())
    try lineEnd()
  }

  // MARK: Tokens

  mutating func advance() throws { token = try lexer.next() }

  func error(_ message: String, notes: [String] = []) -> SyntaxError {
    SyntaxError(message, token.offset, notes: notes)
  }

  mutating func skipLineEnds() throws { while token.kind == .lineEnd { try advance() } }

  mutating func expect(_ character: Character) throws {
    guard token.kind == .punctuation(character) else { throw error("expected '\(character)'") }
    try advance()
  }

  mutating func accept(_ character: Character) throws -> Bool {
    guard token.kind == .punctuation(character) else { return false }
    try advance()
    return true
  }

  mutating func word() throws -> String {
    guard case .word(let word) = token.kind else { throw error("expected a name") }
    try advance()
    return word
  }

  mutating func string() throws -> String {
    guard case .string(let text) = token.kind else { throw error("expected a text in quotes") }
    try advance()
    return text
  }

  mutating func integer() throws -> Int {
    guard case .number(let text) = token.kind, let value = Int(text), value.magnitude < 1 << 40
    else {
      throw error("expected a whole number")
    }
    try advance()
    return value
  }

  /// `open item, item close`, with `item` reading one.
  mutating func list(
    _ open: Character, _ close: Character, _ item: (inout Parser) throws -> Void
  ) throws {
    try expect(open)
    if try accept(close) { return }
    repeat { try item(&self) } while try accept(",")
    try expect(close)
  }

  mutating func lineEnd() throws {
    guard token.kind == .lineEnd || token.kind == .end else {
      throw error("expected the line's end")
    }
  }
}
