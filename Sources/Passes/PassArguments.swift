import SpikeIR

/// The options of one run of a pass, as texts; typed accessors check what was given.
public struct PassArguments: Sendable {
  private let pass: String
  private let values: [String: String]

  /// The arguments of a run: what was given, and the pass's standard values for the rest.
  ///
  /// - Throws: a `Diagnostic` for an option that the pass does not have.
  init(_ pass: Pass, given: [String: String]) throws {
    self.pass = pass.name
    var values = Dictionary(uniqueKeysWithValues: pass.options.map { ($0.name, $0.standard) })
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      guard values[name] != nil else {
        let known = pass.options.map(\.name).joined(separator: ", ")
        throw Diagnostic(
          "pass '\(pass.name)' has no option '\(name)'",
          notes: [known.isEmpty ? "it has no options" : "its options are \(known)"])
      }
      values[name] = value
    }
    self.values = values
  }

  /// The text of an option that the pass declares.
  public func text(_ name: String) -> String {
    guard let value = values[name] else { preconditionFailure("undeclared option \(name)") }
    return value
  }

  /// A whole number within `range`.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int {
    guard let value = Int(text(name)), range.contains(value) else {
      throw refused(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A number within `range`.
  public func real(_ name: String, in range: ClosedRange<Double>) throws -> Double {
    guard let value = Double(text(name)), range.contains(value) else {
      throw refused(name, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A list of numbers, separated by `:`.
  public func reals(_ name: String) throws -> [Double] {
    try text(name).split(separator: ":").map {
      guard let value = Double($0), value.isFinite else { throw refused(name, "numbers") }
      return value
    }
  }

  /// One of the cases of `Choice`.
  public func choice<Choice: RawRepresentable & CaseIterable>(_ name: String) throws -> Choice
  where Choice.RawValue == String {
    guard let value = Choice(rawValue: text(name)) else {
      throw refused(name, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }

  private func refused(_ name: String, _ expected: String) -> Diagnostic {
    Diagnostic("option '\(name)' of pass '\(pass)' must be \(expected), not '\(text(name))'")
  }
}
