/// Reads nodes: operation, operands, attributes, type, scale and origin.
extension Parser {
  mutating func node() throws -> NodeID {
    guard case .node(let name) = token.kind else { throw error("expected %name") }
    guard let id = graph.node(named: name) else {
      throw error("%\(name) is not defined above")
    }
    try advance()
    return id
  }

  mutating func parseNode(_ name: String) throws {
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

  mutating func operationType() throws -> any OperationParameters.Type {
    let place = token
    let mnemonic = try word()
    if let kind = Operation.all.first(where: { $0.mnemonic == mnemonic }) { return kind }
    let near = mnemonic.nearest(in: Operation.all.map { $0.mnemonic })
    throw SyntaxError(
      "there is no operation '\(mnemonic)'", place.offset,
      notes: near.map { ["did you mean '\($0)'?"] } ?? [])
  }

  mutating func parseNodeType() throws -> TensorType {
    let place = token
    let (name, shape) = try parseType()
    guard let element = ElementType(rawValue: name) else {
      throw SyntaxError("values are f32, level, spike or current", place.offset)
    }
    return TensorType(element, shape)
  }

  mutating func parseParameters(_ kind: any OperationParameters.Type) throws
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

  mutating func attributeValue() throws -> AttributeValue {
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

  mutating func parseScale() throws -> ConstantID? {
    guard token.kind == .word("scale") else { return nil }
    try advance()
    guard case .constant(let id) = try attributeValue() else { throw error("expected @name") }
    return id
  }

  mutating func parseOrigin() throws -> Origin {
    guard token.kind == .word("loc") else { return Origin() }
    try advance()
    try expect("(")
    var layers: [String] = []
    repeat { layers.append(try string()) } while try accept("+")
    try expect(")")
    return Origin(layers)
  }
}
