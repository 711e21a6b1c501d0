import SpikeIR

/// What a pass keeps of a network's meaning.
public enum Preservation: Sendable, Equatable {
  /// The outputs stay bit for bit the same.
  case exact
  /// The outputs stay the same but for float rounding: a difference of at most this, relative to
  /// the largest output. The manager proves it on calibration samples where there are some.
  case within(Double)
  /// The outputs change, in the way that the text says.
  case changesMeaning(String)
}

/// An option that a pass takes in a pipeline's text, as in `normalize-currents{mode=max}`.
public struct PassOption: Sendable {
  /// The name before the `=`.
  public var name: String
  /// What holds where it is not given.
  public var standard: String
  /// What may be given, and what it does.
  public var summary: String

  /// An option of a pass.
  public init(_ name: String, _ standard: String, _ summary: String) {
    self.name = name
    self.standard = standard
    self.summary = summary
  }
}

/// A rewriting of the graph: a value that holds its contract and a closure.
public struct Pass: Sendable {
  /// The name in pipelines and dumps.
  public var name: String
  /// What it does, in one sentence.
  public var summary: String
  /// What it takes: the options with their standard values.
  public var options: [PassOption] = []
  /// What must have been made true of the graph before.
  public var requires: Set<Fact> = []
  /// What it makes true.
  public var establishes: Set<Fact> = []
  /// What it keeps of the meaning.
  public var preserves: Preservation
  /// Whether the given options make it change the meaning all the same, as an ablation does.
  public var isAblation: @Sendable (PassArguments) -> Bool = { _ in false }
  /// The rewriting. A pass that cannot finish throws a `Diagnostic`.
  public var run: @Sendable (inout Graph, PassContext) throws -> Void
}

/// What one run of a pass is given besides the graph.
public struct PassContext {
  /// The options of this run; names and defaults are those that the pass declares.
  public var arguments: PassArguments
  /// The calibration data, if the user gave any.
  public var calibration: CalibrationData?
  /// Takes what a user should know although it is no error.
  public var warn: (Diagnostic) -> Void

  /// The calibration data.
  ///
  /// - Throws: a `Diagnostic` that asks for it.
  public func requireCalibration(for purpose: String) throws -> CalibrationData {
    guard let calibration else {
      throw Diagnostic(
        "\(purpose) needs calibration data",
        notes: ["give --calibrate DATA.npz with a few hundred inputs like those of training"])
    }
    return calibration
  }
}
