import SpikeIR

/// One pass of a pipeline with its options.
public struct PassRun: Sendable {
  /// The pass.
  public let pass: Pass
  /// The options that were given, by name.
  public let given: [String: String]

  /// The textual form, as `--passes` takes it.
  public var text: String {
    if given.isEmpty { return pass.name }
    let options = given.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return "\(pass.name){\(options.joined(separator: ","))}"
  }
}

/// A list of passes in order.
public struct Pipeline: Sendable {
  /// All passes, in the order in which a full compilation runs them.
  public static let passes: [Pass] = [
    .canonicalize, .normalizeInput, .foldBatchNorm, .foldDiagonals, .hoistReLU,
    .populationReadout, .splitSigned, .replaceMaxPool, .absorbAveragePooling, .densifyGroups,
    .symmetrizePadding, .mergeShortcuts, .splitConcatenation, .checkStructure, .splitNeurons,
    .normalizeCurrents, .lowerToSpiking, .codeInput,
    .thresholdResiduals, .adoptNeuron, .spreadStart, .calibrateMembranes, .quantizeWeights,
    .checkRanges,
  ]

  /// The passes with their options, in order.
  public internal(set) var runs: [PassRun]

  /// A pipeline of the given passes by name, each with the options that differ from its own.
  ///
  /// - Throws: a `Diagnostic` for an unknown pass or option.
  public init(_ list: [(name: String, options: [String: String])]) throws {
    runs = try list.map { entry in
      guard let pass = Pipeline.passes.first(where: { $0.name == entry.name }) else {
        throw Pipeline.unknown(entry.name)
      }
      _ = try PassArguments(pass, given: entry.options)
      return PassRun(pass: pass, given: entry.options)
    }
  }

  /// A pipeline from its textual form, such as `canonicalize,fold-batch-norm{epsilon=own}`.
  ///
  /// - Throws: a `Diagnostic` for a malformed text, an unknown pass or an unknown option.
  public init(parsing text: String) throws {
    var list: [(name: String, options: [String: String])] = []
    var rest = Substring(text)
    while !rest.isEmpty {
      let name = rest.prefix { $0 != "," && $0 != "{" }
      rest = rest.dropFirst(name.count)
      var options: [String: String] = [:]
      if rest.first == "{" {
        guard let end = rest.firstIndex(of: "}") else {
          throw Diagnostic("the options of pass '\(name)' have no closing '}'")
        }
        options = try Pipeline.options(rest[rest.index(after: rest.startIndex)..<end])
        rest = rest[rest.index(after: end)...]
      }
      guard rest.isEmpty || rest.first == "," else {
        throw Diagnostic("expected ',' between passes, found '\(rest.prefix(12))'")
      }
      guard !name.trimmed.isEmpty, rest.count != 1 else {
        throw Diagnostic("a pass is missing beside a ',' in '\(text)'")
      }
      rest = rest.dropFirst()
      list.append((name.trimmed, options))
    }
    try self.init(list)
  }

  private static func options(_ text: Substring) throws -> [String: String] {
    var result: [String: String] = [:]
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=", maxSplits: 1)
      guard sides.count == 2 else { throw Diagnostic("'\(part)' is no option=value") }
      result[sides[0].trimmed] = sides[1].trimmed
    }
    return result
  }

  private static func unknown(_ name: String) -> Diagnostic {
    let names = passes.map(\.name)
    var notes = ["passes are " + names.joined(separator: ", ")]
    if let near = name.nearest(in: names) { notes.insert("did you mean '\(near)'?", at: 0) }
    return Diagnostic("there is no pass '\(name)'", notes: notes)
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
