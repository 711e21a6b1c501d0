import Foundation
import TestSupport
import Testing

/// The emitted folder builds with make, and its program gives the accuracy that evaluate gives.
@Suite struct CompiledFolderTests {
  @Test(arguments: [
    ["--schedule", "layerwise"], ["--schedule", "pipelined"], ["--target", "norse"],
    ["--target", "sinabs"],
  ])
  func theProgramReachesTheEvaluatedAccuracy(options: [String]) throws {
    try withTemporaryFolder { folder in
      try Spikec.succeed(Digits.compile(to: "net", options), in: folder)
      try Spikec.succeed(
        ["evaluate", Digits.model] + Digits.calibration + [
          "--data", Digits.test, "--timesteps", "16", "--json", "e.json",
        ] + options, in: folder)
      let evaluation = try json(folder.appendingPathComponent("e.json"))
      let rows = try #require(evaluation["evaluation"] as? [[String: Any]])
      let accuracy = try #require(rows[0]["accuracy"] as? Double)

      let environment = URL(fileURLWithPath: "/usr/bin/env")
      let net = folder.appendingPathComponent("net")
      let make = try Spikec.run(environment, ["make", "strict", "CFLAGS=-O2"], in: net)
      #expect(make.exitCode == 0, "\(make.errors)")
      let run = try Spikec.run(net.appendingPathComponent("net_main"), [Digits.test], in: net)
      #expect(run.exitCode == 0, "\(run.errors)")
      #expect(run.output.contains(String(format: "%.2f %%", accuracy)), "\(run.output)")
    }
  }
}
