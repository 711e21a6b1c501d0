/// Several errors of a user that were found together.
public struct DiagnosticList: Error, Sendable {
  /// The errors, at least one, in network order.
  public var diagnostics: [Diagnostic]

  /// A list of errors.
  public init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

  /// Throws the errors if there are any: one as itself, several as a list.
  public func throwIfAny() throws {
    if diagnostics.count > 1 { throw self }
    if let only = diagnostics.first { throw only }
  }
}

extension DiagnosticList: CustomStringConvertible {
  /// One after the other.
  public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
