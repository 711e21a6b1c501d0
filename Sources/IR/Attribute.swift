/// The value of an operation's attribute in the textual form.
public enum AttributeValue: Hashable, Sendable {
  /// A whole number, such as `2`.
  case integer(Int)
  /// A list of whole numbers, such as `[1,1]`.
  case integers([Int])
  /// A number with a fraction or an exponent, such as `0.001`.
  case real(Double)
  /// A name out of a fixed set, such as `direct`.
  case symbol(String)
  /// A constant, such as `@conv1.weight`.
  case constant(ConstantID)
}

/// A named attribute of an operation.
public struct Attribute: Hashable, Sendable {
  /// The name in the textual form.
  public var name: String
  /// The value.
  public var value: AttributeValue

  /// An attribute of the given name and value.
  public init(_ name: String, _ value: AttributeValue) {
    self.name = name
    self.value = value
  }
}

/// Hands out the attributes of one operation while it is parsed, and knows which are left.
public struct AttributeReader {
  private var values: [String: AttributeValue]

  /// A reader over the given attributes; of two with one name, the last counts.
  public init(_ attributes: [Attribute]) {
    values = Dictionary(attributes.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// The names that were not asked for.
  public var unread: [String] { values.keys.sorted() }

  /// A whole number; `standard` if it is absent, an error if there is no standard either.
  public mutating func integer(_ name: String, _ standard: Int? = nil) throws -> Int {
    switch values.removeValue(forKey: name) {
    case .integer(let value): return value
    case nil: return try unwrap(standard, name)
    case .some: throw mistyped(name, "a whole number")
    }
  }

  /// A whole number, or nil if it is absent.
  public mutating func optionalInteger(_ name: String) throws -> Int? {
    guard values[name] != nil else { return nil }
    return try integer(name)
  }

  /// A list of `count` whole numbers, or of any length where `count` is nil.
  public mutating func integers(_ name: String, count: Int? = nil, _ standard: [Int]? = nil) throws
    -> [Int]
  {
    switch values.removeValue(forKey: name) {
    case .integers(let list) where count == nil || list.count == count: return list
    case nil: return try unwrap(standard, name)
    case .some: throw mistyped(name, count.map { "a list of \($0) whole numbers" } ?? "a list")
    }
  }

  /// A number; `standard` if it is absent.
  public mutating func real(_ name: String, _ standard: Double? = nil) throws -> Double {
    try optionalReal(name) ?? unwrap(standard, name)
  }

  /// A number, or nil if it is absent.
  public mutating func optionalReal(_ name: String) throws -> Double? {
    switch values.removeValue(forKey: name) {
    case .real(let value): return value
    case .integer(let value): return Double(value)
    case nil: return nil
    case .some: throw mistyped(name, "a number")
    }
  }

  /// One of the cases of `Choice`; `standard` if it is absent.
  public mutating func symbol<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ standard: Choice? = nil
  ) throws -> Choice where Choice.RawValue == String {
    let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    switch values.removeValue(forKey: name) {
    case .symbol(let raw):
      guard let value = Choice(rawValue: raw) else { throw mistyped(name, "one of \(choices)") }
      return value
    case nil: return try unwrap(standard, name)
    case .some: throw mistyped(name, "one of \(choices)")
    }
  }

  /// One of the cases of `Choice`, or nil if it is absent.
  public mutating func optionalSymbol<Choice: RawRepresentable & CaseIterable>(
    _ name: String
  ) throws -> Choice? where Choice.RawValue == String {
    guard values[name] != nil else { return nil }
    return try symbol(name) as Choice
  }

  /// A constant.
  public mutating func constant(_ name: String) throws -> ConstantID {
    try unwrap(optionalConstant(name), name)
  }

  /// A constant, or nil if it is absent.
  public mutating func optionalConstant(_ name: String) throws -> ConstantID? {
    switch values.removeValue(forKey: name) {
    case .constant(let id): return id
    case nil: return nil
    case .some: throw mistyped(name, "a constant such as @conv1.weight")
    }
  }

  private func unwrap<Value>(_ value: Value?, _ name: String) throws -> Value {
    guard let value else { throw Diagnostic("attribute '\(name)' is missing") }
    return value
  }

  private func mistyped(_ name: String, _ expected: String) -> Diagnostic {
    Diagnostic("attribute '\(name)' must be \(expected)")
  }
}
