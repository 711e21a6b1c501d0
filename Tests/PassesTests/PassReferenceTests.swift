import SpikeIR
import TestSupport
import Testing

@testable import SpikePasses

/// `docs/passes.md` says what the passes' own values, comments and golden cases say.
@Suite struct PassReferenceTests {
  @Test func isUpToDate() throws {
    var text = Self.preface
    for pass in Pipeline.passes { text += try section(pass) }
    try Golden.expect(text, at: "docs/passes.md")
  }

  private static var preface: String {
    var text = """
      # Passes

      <!-- Generated from Sources/Passes and Tests/Golden/passes by the test PassReferenceTests:
           SPIKEC_UPDATE_GOLDENS=1 swift test --filter PassReferenceTests -->

      A compilation runs these passes in this order; `population-readout` only with `--readout spikes`, and
      `normalize-input` only with `--scale`, `--mean` or `--std`. `--passes "a,b{option=1},c"` runs others, `spikec opt`
      runs them on an IR file, and `--dump-ir DIR` writes the graph after each of them. The manager refuses an order in which
      a pass lacks a fact that it requires; the verifier proves every fact again after every pass; and what a pass says
      that it keeps is checked on calibration samples. The text of the graphs is described in [ir.md](ir.md).

      | pass | what it does | requires | establishes |
      |---|---|---|---|

      """
    for pass in Pipeline.passes {
      text += "| [`\(pass.name)`](#\(pass.name)) | \(pass.summary) | \(names(pass.requires))"
      text += " | \(names(pass.establishes)) |\n"
    }
    return text
  }

  private static func names(_ facts: Set<Fact>) -> String {
    facts.sorted().map { "`\($0.rawValue)`" }.joined(separator: ", ")
  }

  private func section(_ pass: Pass) throws -> String {
    var text = "\n## \(pass.name)\n\n" + (try comment(of: pass)).joined(separator: "\n") + "\n\n"
    func none(_ list: String) -> String { list.isEmpty ? "nothing" : list }
    text += "- requires: \(none(Self.names(pass.requires)))\n"
    text += "- establishes: \(none(Self.names(pass.establishes)))\n"
    text += "- keeps: \(keeps(pass.preserves))\n"
    if !pass.options.isEmpty {
      text += "\n| option | default | values |\n|---|---|---|\n"
      for option in pass.options {
        let values = option.summary.replacing("|", with: "\\|")
        text += "| `\(option.name)` | `\(option.standard)` | \(values) |\n"
      }
    }
    return text + (try example(pass))
  }

  private func keeps(_ preservation: Preservation) -> String {
    switch preservation {
    case .exact: "the outputs, bit for bit"
    case .within(let epsilon): "the outputs, within \(epsilon) of the largest"
    case .changesMeaning(let how): "not the outputs: \(how)"
    }
  }

  /// The comment above the pass in its source.
  private func comment(of pass: Pass) throws -> [String] {
    for path in Golden.files(in: "Sources/Passes", suffix: ".swift") {
      guard Golden.read(path).contains("name: \"\(pass.name)\"") else { continue }
      let entries = SourceComments(path).entries(/^  static let (\w+) = Pass\(/)
      return try #require(entries.first, "\(path) has no pass").comment
    }
    Issue.record("no source holds \(pass.name)")
    return []
  }

  /// What a check says of the first case that it refuses.
  private func refusal(_ cases: [PassCase]) throws -> String {
    for golden in cases {
      do {
        _ = try golden.run(golden.input)
      } catch {
        let file = golden.path.split(separator: "/").last!
        return """

          `\(golden.pipeline.runs.map(\.text).joined(separator: ","))` on [\(file)](../\(golden.path)):

          ```
          \(error)
          ```

          """
      }
    }
    throw Diagnostic("no case is refused")
  }

  /// The shortest golden case that the pass rewrites.
  private func example(_ pass: Pass) throws -> String {
    let paths = Golden.files(in: "Tests/Golden/passes/\(pass.name)", suffix: ".spk")
    let cases = try paths.map(PassCase.init).compactMap { golden -> (PassCase, String)? in
      guard !golden.isAblation, let output = try? golden.run(golden.input),
        output.text() != golden.input.text()
      else { return nil }
      return (golden, output.whole)
    }
    if pass.name.hasPrefix("check-") { return try refusal(paths.map(PassCase.init)) }
    let shortest = cases.min { $0.1.utf8.count < $1.1.utf8.count }
    let (golden, output) = try #require(shortest, "\(pass.name) has no case")
    let run = golden.pipeline.runs.map(\.text).joined(separator: ",")
    return """

      `\(run)`, from [\(golden.path.split(separator: "/").last!)](../\(golden.path)):

      ```
      \(golden.input.whole)```

      becomes

      ```
      \(output)```

      """
  }
}
