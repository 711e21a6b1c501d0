/// A user's error: what is wrong, where, and what to do about it.
///
/// Thrown by everything that meets a user's files and options; the command line prints it and
/// exits with code 1. A broken invariant of the compiler itself traps instead.
public struct Diagnostic: Error, Hashable, Sendable {
  /// What is wrong, in one line, without a trailing full stop.
  public var message: String
  /// The file that it is about, if any.
  public var file: String?
  /// The layers that it is about.
  public var origin: Origin
  /// What would help, one line each.
  public var notes: [String]

  /// A diagnostic about a file, a layer, or neither.
  public init(
    _ message: String, file: String? = nil, origin: Origin = Origin(), notes: [String] = []
  ) {
    self.message = message
    self.file = file
    self.origin = origin
    self.notes = notes
  }

  /// A diagnostic about one layer.
  public init(_ message: String, layer: String, notes: [String] = []) {
    self.init(message, origin: Origin(layer), notes: notes)
  }

  /// The same diagnostic, said of a file, unless it names one already.
  public func inFile(_ file: String) -> Diagnostic {
    var result = self
    result.file = result.file ?? file
    return result
  }
}

extension Diagnostic: CustomStringConvertible {
  /// `file: layer 'name': message`, then each note on a line of its own.
  public var description: String {
    var place = ""
    if let file { place += "\(file): " }
    if !origin.layers.isEmpty { place += "layer '\(origin)': " }
    return ([place + message] + notes.map { "  note: \($0)" }).joined(separator: "\n")
  }
}
