import Foundation
import SpikeData
import SpikeExecution
import SpikeFrontend
import SpikeIR
import Testing

/// ONNX's own conformance tests, which scripts/onnx-conformance.sh makes models of.
struct OnnxConformanceTests {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".build/onnx-conformance/cases")
  static let files =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".onnx") }.sorted()

  /// What became of a test: of its two models, the better one.
  private enum Outcome: Int, Comparable {
    case wrong, computed, refused

    static func < (a: Outcome, b: Outcome) -> Bool { a.rawValue < b.rawValue }
  }

  @Test(.enabled(if: !files.isEmpty, "needs scripts/onnx-conformance.sh prepare"))
  func computesWhatONNXSays() throws {
    let (folder, files) = (OnnxConformanceTests.folder, OnnxConformanceTests.files)
    #expect(files.count > 500)
    var outcomes: [String: Outcome] = [:]
    var refusals: [String: String] = [:]
    for file in files {
      let parts = file.split(separator: ".").map(String.init)
      let test = "\(parts[0]).\(parts[1])"
      let outcome: Outcome
      do {
        let isRight = try computes(folder.appendingPathComponent(file))
        #expect(isRight, "\(file) computes something else")
        outcome = isRight ? .computed : .wrong
      } catch {
        outcome = .refused
        if parts[2] == "network" || refusals[test] == nil { refusals[test] = "\(error)" }
      }
      outcomes[test] = min(outcomes[test] ?? .refused, outcome)
    }
    try table(outcomes, refusals).write(
      to: folder.appendingPathComponent("table.txt"), atomically: true, encoding: .utf8)
  }

  /// Whether a model gives its recorded outputs; throws the diagnostic that refuses it.
  private func computes(_ model: URL) throws -> Bool {
    let graph = try Importer.load(path: model.path).graph
    let archive = try NPZArchive(model.deletingPathExtension().path + ".npz")
    let x = try archive.array(named: "x").floats()
    let size = graph.inputs.reduce(0) { $0 + graph[$1].type.count }
    guard size > 0, x.count % size == 0 else { return false }
    let outputs = try AnalogExecutor(graph).run(x, count: x.count / size)
    for (name, output) in zip(["y", "y1", "y2", "y3"], outputs)
    where archive.names.contains(name) {
      let expected = try archive.array(named: name).floats()
      guard expected.count == output.count else { return false }
      let scale = max(1, expected.filter(\.isFinite).map(abs).max() ?? 1)
      let areEqual = zip(expected, output).allSatisfy {
        $0 == $1 || ($0.isNaN && $1.isNaN) || abs($0 - $1) <= 1e-3 * scale
      }
      guard areEqual else { return false }
    }
    return true
  }

  private func table(_ outcomes: [String: Outcome], _ refusals: [String: String]) -> String {
    let operators = Dictionary(grouping: outcomes.keys) { String($0.prefix { $0 != "." }) }
    var lines = ["operator             computed  refused  wrong"]
    func line(_ name: String, _ tests: [String]) -> String {
      let counts = [Outcome.computed, .refused, .wrong].map { outcome in
        tests.filter { outcomes[$0] == outcome }.count
      }
      return name.padding(toLength: 20, withPad: " ", startingAt: 0)
        + zip(counts, [9, 9, 7]).map { count, width in
          String(repeating: " ", count: max(0, width - "\(count)".count)) + "\(count)"
        }.joined()
    }
    for name in operators.keys.sorted() { lines.append(line(name, operators[name] ?? [])) }
    lines.append(line("all", Array(outcomes.keys)))
    lines.append("\nRefused:")
    for test in refusals.keys.sorted() where outcomes[test] == .refused {
      let reason = (refusals[test] ?? "").split(separator: "\n").first.map(String.init) ?? ""
      lines.append("\(test): \(reason.replacingOccurrences(of: "\(folderPath)/", with: ""))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var folderPath: String { OnnxConformanceTests.folder.path }
}
