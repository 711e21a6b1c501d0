import Foundation
import SpikeData
import TestSupport
import Testing

/// `tune` on the digits example, and what `--options` makes of the file that it writes.
@Suite struct TuneTests {
  private static func tune(_ more: [String] = [], model: String = Digits.model) -> [String] {
    ["tune", model] + Digits.calibration + [
      "--data", Digits.test, "--limit", "200", "--max-loss", "1",
    ] + more
  }

  @Test func itWritesOptionsThatOtherCommandsTake() throws {
    try withTemporaryFolder { folder in
      let run = try Spikec.succeed(
        TuneTests.tune(["-o", "tuned.txt", "--json", "tune.json"]), in: folder)
      #expect(run.outputLines.allSatisfy { $0.count <= 120 })
      let object = try json(folder.appendingPathComponent("tune.json"))
      let front = try #require(object["pareto_front"] as? [[String: Any]])
      for key in ["synaptic_operations", "energy_microjoules", "latency"] {
        let costs = front.compactMap { $0[key] as? Double }
        #expect(costs.count == front.count && costs.allSatisfy { $0 > 0 }, "\(key)")
      }
      let losses = front.compactMap { $0["loss"] as? Double }
      #expect(losses == losses.sorted(by: >), "by falling loss")

      let text = try String(
        contentsOf: folder.appendingPathComponent("tuned.txt"), encoding: .utf8)
      let settings = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(settings.contains("scale=16.0"))
      let chosen = try #require(object["chosen"] as? String)
      #expect(chosen.split(separator: " ").allSatisfy(settings.contains))

      let options = [Digits.model, "--calibrate", Digits.train, "--options", "tuned.txt"]
      try Spikec.succeed(["compile"] + options + ["-o", "net"], in: folder)
      let header = try String(
        contentsOf: folder.appendingPathComponent("net/net.h"), encoding: .utf8)
      let timesteps = try #require(settings.first { $0.hasPrefix("timesteps=") }).dropFirst(10)
      #expect(header.contains("TIMESTEPS \(timesteps)"))
      try Spikec.succeed(
        ["evaluate"] + options + ["--data", Digits.test, "--limit", "200", "--json", "e.json"],
        in: folder)
      let evaluation = try json(folder.appendingPathComponent("e.json"))
      let rows = try #require(evaluation["evaluation"] as? [[String: Any]])
      #expect(rows.count == 1 && "\(rows[0]["timesteps"] ?? "")" == timesteps)
      let loss = try #require(rows[0]["loss"] as? Double)
      let validated = try #require(object["chosen_loss"] as? Double)
      #expect(loss <= 1 && loss == validated, "\(loss), \(validated)")
    }
  }

  @Test func aModelThatCannotBeReadLeavesNoJournal() throws {
    try withTemporaryFolder { folder in
      try Data("no model".utf8).write(to: folder.appendingPathComponent("bad.h5"))
      let run = try Spikec.run(TuneTests.tune(["-o", "t"], model: "bad.h5"), in: folder)
      #expect(run.exitCode == 1 && run.errors.contains("bad.h5"))
      #expect(try contents(of: folder).keys.sorted() == ["bad.h5"])
    }
  }

  @Test func itContinuesFromItsJournal() throws {
    try withTemporaryFolder { folder in
      let arguments = TuneTests.tune(["--schedule", "layerwise", "-o", "t", "--budget", "9"])
      let whole = try Spikec.succeed(arguments, in: folder)
      let journal = folder.appendingPathComponent("t.journal")
      let text = try String(contentsOf: journal, encoding: .utf8)
      let lines = text.split(separator: "\n")
      try #require(lines.count > 9)
      // Stopped in the middle of writing the sixth line.
      let cut = lines[..<5].joined(separator: "\n") + "\n" + lines[5].prefix(20)
      try Data(cut.utf8).write(to: journal)
      let again = try Spikec.succeed(arguments, in: folder)
      #expect(again.output == whole.output)
      #expect(try String(contentsOf: journal, encoding: .utf8) == text)
      let last = try Spikec.succeed(arguments, in: folder)
      #expect(last.output == whole.output)
      #expect(try String(contentsOf: journal, encoding: .utf8) == text, "nothing was done again")
    }
  }

  @Test func itRepairsALayerWithAnOutlierChannel() throws {
    try withTemporaryFolder { folder in
      let model = URL(fileURLWithPath: Digits.model).deletingLastPathComponent()
        .appendingPathComponent("digits_outlier.h5").path
      try Spikec.succeed(
        ["evaluate", model] + Digits.calibration + [
          "--data", Digits.test, "--preset", "ecc", "--timesteps", "32", "--json", "e.json",
        ], in: folder)
      let rows = try #require(
        try json(folder.appendingPathComponent("e.json"))["evaluation"] as? [[String: Any]])
      #expect(
        try #require(rows[0]["loss"] as? Double) > 50, "one scale for the layer is too coarse")
      try Spikec.succeed(
        TuneTests.tune(["--preset", "ecc", "--schedule", "layerwise", "-o", "t"], model: model),
        in: folder)
    }
  }

  @Test func withoutLabelsItCountsDisagreements() throws {
    try withTemporaryFolder { folder in
      let images = folder.appendingPathComponent("x.npz").path
      try NPZArchive.write([("x", LabelledData.load(Digits.train).inputs)], to: images)
      let run = try Spikec.succeed(
        [
          "tune", Digits.model, "--calibrate", images, "--scale", "16", "--data", Digits.test,
          "--schedule", "layerwise", "--budget", "6", "--max-loss", "3",
        ], in: folder)
      #expect(run.output.contains("agreement with the CNN"))
    }
  }

  @Test func whatCannotBeReachedIsSaidAndNothingIsWritten() throws {
    try withTemporaryFolder { folder in
      let run = try Spikec.run(
        TuneTests.tune(["--max-loss", "0", "--budget", "1", "-o", "t"]), in: folder)
      #expect(run.exitCode == 1)
      #expect(run.errors.contains("no candidate loses at most 0.0 points"))
      #expect(run.errors.contains("the least loss"))
      #expect(try contents(of: folder).keys.sorted() == ["t.journal"])
    }
  }

  @Test(
    arguments: [
      (["--max-loss", "101"], "--max-loss must be"), (["--budget", "0"], "--budget must be"),
      (["--passes", "canonicalize"], "leave out --passes"), (["-o", "no/t"], "no folder"),
      (["--precision", "float"], "leave out --precision"),
    ])
  func wrongOptionsAreRefused(arguments: [String], message: String) throws {
    try withTemporaryFolder { folder in
      let run = try Spikec.run(TuneTests.tune(arguments), in: folder)
      #expect(run.exitCode == 1)
      #expect(run.errors.contains(message), "\(run.errors)")
      #expect(try contents(of: folder).isEmpty)
    }
  }

  @Test func aJournalOfSomethingElseIsRefused() throws {
    try withTemporaryFolder { folder in
      let journal = folder.appendingPathComponent("j")
      let arguments = TuneTests.tune(["--journal", "j", "--budget", "1"])
      let texts = [
        ("hello\n", "is no journal"), ("spikec tune journal 1 0\n", "another network"),
        ("", "is no journal"),
      ]
      for (text, message) in texts {
        try Data(text.utf8).write(to: journal)
        let run = try Spikec.run(arguments, in: folder)
        #expect(run.exitCode == 1)
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(try String(contentsOf: journal, encoding: .utf8) == text, "left as it was")
      }
      try FileManager.default.removeItem(at: journal)
      _ = try Spikec.run(arguments, in: folder)
      let header = try String(contentsOf: journal, encoding: .utf8).prefix { $0 != "\n" }
      try Data("\(header)\n{}\n".utf8).write(to: journal)
      let run = try Spikec.run(arguments, in: folder)
      #expect(run.exitCode == 1 && run.errors.contains("line 2 is no result"), "\(run.errors)")
    }
  }

  @Test(
    arguments: [
      ("timesteps=8\ntimestep=4\n", "line 2"), ("# well\n\nweight-bits=1\n", "line 3"),
      ("timesteps=many", "line 1"), ("model=x", "line 1"), ("per-channel=3", "line 1"),
      ("\u{0}\u{1}", "line 1"),
    ])
  func wrongLinesOfAFileOfOptionsAreNamed(text: String, line: String) throws {
    try withTemporaryFolder { folder in
      try Data(text.utf8).write(to: folder.appendingPathComponent("o.txt"))
      let run = try Spikec.run(
        Digits.compile(to: "net", ["--options", "o.txt"]), in: folder)
      #expect(run.exitCode == 1)
      #expect(run.errors.contains("o.txt: \(line): "), "\(run.errors)")
      #expect(try contents(of: folder).count == 1)
    }
  }

  @Test func optionsOnTheCommandLineWinOverThoseOfTheFile() throws {
    try withTemporaryFolder { folder in
      try Data("timesteps=4\nper-layer\n".utf8).write(to: folder.appendingPathComponent("o.txt"))
      try Spikec.succeed(
        ["evaluate", Digits.model, "--options", "o.txt", "--timesteps", "8", "--per-channel"]
          + Digits.calibration + ["--data", Digits.test, "--limit", "9", "--json", "e.json"],
        in: folder)
      let rows = try #require(
        try json(folder.appendingPathComponent("e.json"))["evaluation"] as? [[String: Any]])
      #expect(rows.map { $0["timesteps"] as? Int } == [8])
      let missing = try Spikec.run(["run", "x.h5", "--options", "no.txt"], in: folder)
      #expect(missing.errors.contains("no.txt: cannot be read as a file of options"))
    }
  }
}
