import Foundation
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Energy models, plots and error anatomies on the digits example.
@Suite struct EvaluateTests {
  private func evaluate(_ more: [String]) -> [String] {
    ["evaluate", Digits.model] + Digits.calibration + [
      "--data", Digits.test, "--limit", "40", "--timesteps", "4",
    ] + more
  }

  /// The only row of an evaluation by an energy model.
  private func row(_ energy: [String], in folder: URL) throws -> [String: Double] {
    try Spikec.succeed(evaluate(energy + ["--json", "e.json"]), in: folder)
    let object = try json(folder.appendingPathComponent("e.json"))
    let rows = try #require(object["evaluation"] as? [[String: Any]])
    var result = rows[0].compactMapValues { $0 as? Double }
    result["cnn"] = object["cnn_multiply_accumulates"] as? Double
    return result
  }

  @Test func energyIsOperationsTimesWhatOneCosts() throws {
    try withTemporaryFolder { folder in
      let mine = #"{"name": "mine", "multiply_accumulate": 0, "synaptic_operation": 2}"#
      try Data(mine.utf8).write(to: folder.appendingPathComponent("mine.json"))
      let standard = try row([], in: folder)
      let (loihi, own) = (
        try row(["--energy", "loihi"], in: folder), try row(["--energy", "mine.json"], in: folder)
      )
      let operations = try #require(standard["synaptic_operations"])
      func energy(_ row: [String: Double]) throws -> Double {
        try #require(row["energy_microjoules"])
      }
      #expect(abs(try energy(own) - operations * 2e-6) < 1e-9)
      #expect(abs(try energy(loihi) - energy(standard) - operations * 22.7e-6) < 1e-9)
      #expect(
        abs(standard["cnn_energy_microjoules"]! - standard["cnn"]! * 4.6e-6) < 1e-9)
      #expect(own["cnn_energy_microjoules"] == 0)
      let said = try Spikec.succeed(evaluate(["--energy", "mine.json"]), in: folder).output
      #expect(said.contains("Energy by mine: 0.0 pJ per multiply-accumulate"))
    }
  }

  /// Files that are no energy model, and a part of what is said about them.
  static let files: [(text: String, says: String)] = [
    ("", "no JSON object"), ("[1, 2]", "no JSON object"), ("{\"name\": ", "no JSON object"),
    (#"{"multiply_accumulate": 1}"#, "lacks the entry 'synaptic_operation'"),
    (#"{"multiply_accumulate": 1, "synaptic_operation": -1}"#, "'synaptic_operation' must be"),
    (#"{"multiply_accumulate": true, "synaptic_operation": 1}"#, "'multiply_accumulate' must be"),
    (#"{"multiply_accumulate": "1", "synaptic_operation": 1}"#, "'multiply_accumulate' must be"),
    (#"{"multiply_accumulate": 1, "synaptic_operations": 1}"#, "did you mean 'synaptic_operation'"),
    (#"{"name": 3, "multiply_accumulate": 1, "synaptic_operation": 1}"#, "'name' must be a text"),
  ]

  @Test(arguments: files.indices) func badEnergyFilesAreRefused(_ index: Int) throws {
    try withTemporaryFolder { folder in
      try Data(Self.files[index].text.utf8).write(to: folder.appendingPathComponent("bad.json"))
      let run = try Spikec.run(evaluate(["--energy", "bad.json"]), in: folder)
      #expect(run.exitCode == 1 && run.output == "")
      #expect(run.errors.contains("bad.json: ") && run.errors.contains(Self.files[index].says))
    }
  }

  static let refused: [(arguments: [String], says: String)] = [
    (["--energy", "loihy"], "did you mean 'loihi'"),
    (["--plot", "p.png"], "ends with .svg"), (["--plot", "no/p.svg"], "no/p.svg: cannot be"),
    (["--ablation", "--plot", "p.svg"], "one at a time"),
    (["--ablation", "--layers"], "one at a time"),
    (["--layers", "--passes", "canonicalize"], "needs"),
  ]

  @Test(arguments: refused.indices) func wrongOptionsAreRefused(_ index: Int) throws {
    try withTemporaryFolder { folder in
      let run = try Spikec.run(evaluate(Self.refused[index].arguments), in: folder)
      #expect(run.exitCode == 1 && run.errors.contains(Self.refused[index].says), "\(run.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  /// The texts that a drawing shows.
  private func texts(_ file: URL) throws -> [String] {
    let reader = TextReader()
    let parser = XMLParser(data: try Data(contentsOf: file))
    parser.delegate = reader
    #expect(parser.parse(), "well-formed")
    return reader.texts.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
  }

  private final class TextReader: NSObject, XMLParserDelegate {
    var texts: [String] = []
    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) { texts.append("") }
    func parser(_ parser: XMLParser, foundCharacters text: String) {
      texts[texts.count - 1] += text
    }
  }

  @Test func thePlotShowsEveryPoint() throws {
    try withTemporaryFolder { folder in
      let plot = [
        "--schedule", "both", "--timesteps", "2,8", "--plot", "p.svg", "--json", "e.json",
      ]
      try Spikec.succeed(evaluate(plot), in: folder)
      let texts = try texts(folder.appendingPathComponent("p.svg"))
      for text in ["Accuracy", "Energy per input", "layerwise", "pipelined", "CNN (dashed)"] {
        #expect(texts.contains(text))
      }
      let rows = try json(folder.appendingPathComponent("e.json"))["evaluation"] as? [[String: Any]]
      for row in try #require(rows) {
        let accuracy = String(format: "%.2f", try #require(row["accuracy"] as? Double))
        #expect(texts.contains("T = \(row["timesteps"]!): \(accuracy) %"))
      }
    }
  }

  @Test func layersTellWhereAccuracyIsLost() throws {
    try withTemporaryFolder { folder in
      let run = try Spikec.succeed(
        evaluate(["--layers", "--schedule", "both", "--plot", "l.svg", "--json", "l.json"]),
        in: folder)
      #expect(run.errors == "")
      #expect(run.output.contains("Most error is added by '"))
      let object = try json(folder.appendingPathComponent("l.json"))
      let rows = try #require(object["layer_errors"] as? [[String: Any]])
      let parts = try #require(object["error_parts"] as? [[String: Any]])
      #expect(Set(rows.map { $0["schedule"] as? String }) == ["layerwise", "pipelined"])
      for row in rows {
        let shares = row.filter { $0.key.hasSuffix("_share_percent") }
        #expect(shares.count == 6)
        let sum = shares.values.compactMap { $0 as? Double }.reduce(0, +)
        #expect(abs(sum - 100) < 1e-6, "\(row["layer"]!)")
        if row["schedule"] as? String == "layerwise" {
          #expect(row["arrival_share_percent"] as? Double == 0)
        }
        let own = parts.filter {
          $0["layer"] as? String == row["layer"] as? String
            && $0["schedule"] as? String == row["schedule"] as? String
        }
        let means = own.compactMap { $0["mean"] as? Double }.reduce(0, +)
        let mean = try #require(row["mean_error_percent"] as? Double)
        let activation = try #require(row["activation_rms"] as? Double)
        #expect(own.count == 6 && abs(means - mean * activation / 100) < 1e-6)
      }
      let activity = try #require(object["layer_activity"] as? [[String: Any]])
      #expect(activity.allSatisfy { $0["firing_rate"] as? Double ?? 0 > 0 })
      #expect((object["verdicts"] as? [String])?.count == 2)
      let texts = try texts(folder.appendingPathComponent("l.svg"))
      #expect(texts.contains("Error of each layer, pipelined, T = 4") && texts.contains("arrival"))
    }
  }
}
