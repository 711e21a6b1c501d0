import SpikeIR
import TestSupport
import Testing

/// `docs/ir.md` says what the operations' own values and comments say.
@Suite struct IRReferenceTests {
  @Test func isUpToDate() throws {
    var text = Self.preface
    text += "\n## Elements\n\n" + cases("Sources/IR/TensorType.swift", "ElementType")
    text += "\n## Facts\n\n" + Self.facts + "\n" + cases("Sources/IR/Fact.swift", "Fact")
    text += "\n## Operations\n"
    for operation in Operation.all { text += try section(operation) }
    try Golden.expect(text, at: "docs/ir.md")
  }

  private static let preface = """
    # The IR

    <!-- Generated from Sources/IR by the test IRReferenceTests:
         SPIKEC_UPDATE_GOLDENS=1 swift test --filter IRReferenceTests -->

    A network is a graph of nodes in topological order, each with one operation, operands, and one value. The same graph
    holds the CNN as it was imported, the spiking network, and everything between; [passes](passes.md) rewrite it.

    ## Text form

    Parsing what was printed gives the same graph. One node a line:

    ```
    graph "net" {weights="net.h5", passes=[canonicalize], timesteps=64, facts=[batch-norm-folded]}
    constant @conv1.weight : f32[64x3x3x3]
    constant @relu1.scale : f32[1] = [2.5]
    %image = input {values=byte} : f32[32x32x3] loc("image")
    %conv1 = conv2d %image {weight=@conv1.weight, stride=[1,1], padding=[1,1,1,1]} : f32[32x32x64] loc("conv1"+"bn1")
    %relu1 = relu %conv1 : f32[32x32x64] scale @relu1.scale loc("relu1")
    output %relu1
    ```

    - **Header.** The network's name, and in braces, each where it applies: the file beside the text that holds the
      constants' values (behind a `:` a group in it), the passes that the graph has been through, the number of timesteps
      that integer ranges are proven for, and the facts that are proven of it.
    - **Constants** are `f32` or `i32`. Values stand in the HDF5 file that the header names, one dataset a constant, or
      behind an `=`; `seeded(7)` stands for as many numbers from -1 to 1, for tests. A text that is only shown has a
      `digest` in their place.
    - **Nodes.** `%name = operation operands {attributes} : type scale @constant loc("layer"+...)`. The type is always
      shown; attributes that have their default are not. `loc` names the layers of the imported model that the node stands
      for, several where layers were fused.
    - **Outputs** are the nodes whose values the network gives, in the order of the imported model.
    - Names that are no plain words stand in quotes; `//` begins a comment. An error names line and column.

    A **type** is an element and extents, `level[32x32x3]`: height, width, channels, or features alone, never a batch.

    The **scale** λ of a value says that its true value is λ times what flows: one number, one per channel, or one per
    element. A node that shows none carries the scale of its operand along if it only moves, pools or joins elements, and
    has scale 1 otherwise.

    """

  private static let facts = """
    What passes have made true of a graph. The verifier proves each again after every pass, and when a text is read.

    """

  /// A list of an enum's cases with their comments.
  private func cases(_ path: String, _ name: String) -> String {
    let source = SourceComments(path)
    return source.entries(/^  case (\w+.*)$/).map { entry in
      "- `\(Self.rawName(entry.name))`: \(entry.sentence)\n"
    }.joined()
  }

  /// `logSoftmax = "log_softmax"` is called `log_softmax`.
  private static func rawName(_ declaration: String) -> String {
    declaration.firstMatch(of: /"([^"]*)"/).map { String($0.1) } ?? declaration
  }

  private func section(_ operation: any OperationParameters.Type) throws -> String {
    let (path, entry) = try source(of: operation)
    var text = "\n### \(operation.mnemonic)\n\n\(operation.summary)\n\n"
    if entry.comment != [operation.summary] {
      text += entry.comment.joined(separator: "\n") + "\n"
    }
    let arity = operation.arity
    let count = arity.count == 1 ? "\(arity.lowerBound)" : "\(arity.lowerBound) or more"
    text += "\nOperands: \(count).\n"
    let rows = attributes(entry, path)
    if !rows.isEmpty {
      text += "\n| attribute | kind | default | meaning |\n|---|---|---|---|\n"
      text += rows.joined()
    }
    return text + "\n```\n\(try example(operation))\n```\n"
  }

  private func source(of operation: any OperationParameters.Type) throws -> (
    String, SourceComments.Entry
  ) {
    for path in Golden.files(in: "Sources/IR/Operations", suffix: ".swift") {
      let entries = SourceComments(path).entries(/^public struct (\w+):/)
      for entry in entries
      where entry.body.contains(where: { $0.hasSuffix("mnemonic = \"\(operation.mnemonic)\"") }) {
        return (path, entry)
      }
    }
    throw Diagnostic("no source defines \(operation.mnemonic)")
  }

  /// One row of the table for each attribute that the operation reads.
  private func attributes(_ entry: SourceComments.Entry, _ path: String) -> [String] {
    let declaration = /^ *(?:public )?var (\w+.*)$/
    var lines = entry.body
    var comments = SourceComments(lines: entry.body).entries(declaration)
    if lines.contains(where: { $0.contains("Window2D(reading:") }) {
      let reader = SourceComments("Sources/IR/Operations/Pooling.swift")
        .entries(/^extension (Window2D) {$/)
      lines = reader.flatMap(\.body) + lines
      comments += SourceComments("Sources/IR/Operations/Window2D.swift").entries(declaration)
    }
    if lines.contains(where: { $0.contains("Neuron(reading:") }) {
      let neurons = SourceComments("Sources/IR/Operations/Neuron.swift")
      lines += neurons.entries(/^public struct (Neuron):/).flatMap(\.body)
      comments += neurons.entries(declaration)
    }
    comments += SourceComments("Sources/IR/Operations/Synapses.swift").entries(declaration)
    return lines.compactMap { line in
      let pattern = /(\w+)(?: =|:) try attributes\.(\w+)\("(\w+)"(?:, count: (\d))?(?:, (.*?))?\)/
      guard let match = line.firstMatch(of: pattern) else { return nil }
      let meaning = comments.first {
        $0.name.prefix { $0 != ":" && $0 != " " } == match.1 && !$0.comment.isEmpty
      }
      let kind = kind(String(match.2), count: match.4.map(String.init), entry)
      let isOptional = match.2.hasPrefix("optional")
      let standard =
        match.5.map { "`\($0.replacing(".", with: ""))`" } ?? (isOptional ? "none" : "")
      return "| `\(match.3)` | \(kind) | \(standard) | \(meaning?.sentence ?? "") |\n"
    }
  }

  private func kind(_ reader: String, count: String?, _ entry: SourceComments.Entry) -> String {
    switch reader {
    case "integer", "optionalInteger": "whole number"
    case "integers": count.map { "\($0) whole numbers" } ?? "whole numbers"
    case "real", "optionalReal": "number"
    case "symbol" where names(entry).isEmpty: "name"
    case "symbol": names(entry)
    case "optionalSymbol": "function of an `activation`"
    default: "constant"
    }
  }

  /// The names that the operation's own enum has.
  private func names(_ entry: SourceComments.Entry) -> String {
    let cases = SourceComments(lines: entry.body).entries(/^    case (\w.*)$/).map(\.name)
    let names = cases.flatMap { $0.split(separator: ", ") }.map { Self.rawName(String($0)) }
    return names.map { "`\($0)`" }.joined(separator: ", ")
  }

  /// A line of the texts that hold every operation.
  private func example(_ operation: any OperationParameters.Type) throws -> String {
    for text in [Texts.analog, Texts.spiking] {
      let lines = try Graph(parsing: text).text().split(separator: "\n")
      let found = lines.filter { $0.contains(" = \(operation.mnemonic) ") }
      let plain = found.filter { !$0.contains("\\") && !$0.contains("/") }
      if let line = plain.max(by: { $0.count < $1.count }) ?? found.first { return String(line) }
    }
    throw Diagnostic("no text holds \(operation.mnemonic)")
  }
}
