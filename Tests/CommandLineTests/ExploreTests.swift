import Foundation
import TestSupport
import Testing

/// The page of a compilation, and drawings for Graphviz.
@Suite struct ExploreTests {
  @Test func thePageShowsEveryPass() throws {
    try withTemporaryFolder { folder in
      let options = Digits.calibration + ["--timesteps", "4"]
      let run = try Spikec.succeed(
        ["explore", Digits.model] + options + ["-o", "p.html"], in: folder)
      #expect(run.errors == "wrote p.html\n" && run.output == "")
      let page = try String(contentsOf: folder.appendingPathComponent("p.html"), encoding: .utf8)
      let dump = ["compile", Digits.model] + options + ["--dump-ir", "d"]
      try Spikec.succeed(dump, in: folder)
      let passes = try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent("d").path
      ).filter { $0.hasSuffix(".spk") }
      for index in passes.indices { #expect(page.contains("<section id=\"s\(index)\">")) }
      #expect(!page.contains("<section id=\"s\(passes.count)\">"))
      for text in [
        "quantize-weights{bits=8,rounding=nearest,timesteps=4}", "%conv1", "@conv1.weight",
        " ms</small>",
      ] {
        #expect(page.contains(text), "\(text)")
      }
      for outside in ["http://", "https://", "src=", "@import", "url("] {
        #expect(!page.contains(outside), "the page needs \(outside)")
      }
    }
  }

  @Test func onlyAPageIsWritten() throws {
    try withTemporaryFolder { folder in
      let run = try Spikec.run(["explore", Digits.model, "-o", "p.txt"], in: folder)
      #expect(run.exitCode == 1 && run.errors.contains("ends with .html"))
      let far = try Spikec.run(["explore", Digits.model, "-o", "no/p.html"], in: folder)
      #expect(far.exitCode == 1 && far.errors.contains("no/p.html: cannot be written"))
    }
  }

  @Test func graphvizGetsEveryNodeAndEdge() throws {
    try withTemporaryFolder { folder in
      try Spikec.succeed(
        Digits.compile(to: "net.dot", ["--emit", "dot", "--print-ir-after", "quantize-weights"]),
        in: folder)
      let text = try String(contentsOf: folder.appendingPathComponent("net.dot"), encoding: .utf8)
      #expect(text.hasPrefix("digraph ") && text.hasSuffix("}\n"))
      #expect(text.contains("relu1\\nfire\\nspike["))
      let boxes = text.components(separatedBy: " [label=").count - 1
      let edges = text.components(separatedBy: " -> ").count - 1
      #expect(boxes > 10 && edges == boxes - 1, "a chain")
      let wrong = try Spikec.run(Digits.compile(to: "net.svg", ["--emit", "dot"]), in: folder)
      #expect(wrong.exitCode == 1 && wrong.errors.contains("ends with .dot"))
    }
  }
}
