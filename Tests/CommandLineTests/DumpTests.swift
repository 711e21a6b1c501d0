import Foundation
import TestSupport
import Testing

/// The IR between passes: printed, dumped, read again, and compiled on.
@Suite struct DumpTests {
  private static let passes = [
    "normalize-input", "canonicalize", "fold-batch-norm", "fold-diagonals", "hoist-relu",
    "split-signed", "absorb-average-pooling", "normalize-currents", "lower-to-spiking",
    "threshold-residuals", "calibrate-membranes", "quantize-weights",
  ]

  @Test func compilingOnFromAnyDumpGivesTheSameC() throws {
    try withTemporaryFolder { folder in
      try Spikec.succeed(Digits.compile(to: "direct/net", ["--dump-ir", "dump"]), in: folder)
      let direct = try contents(of: folder.appendingPathComponent("direct/net"))
      let dumps = try FileManager.default
        .contentsOfDirectory(atPath: folder.appendingPathComponent("dump").path)
      let texts = dumps.filter { $0.hasSuffix(".spk") }.sorted()
      let names = ["import"] + DumpTests.passes
      #expect(texts == names.enumerated().map { String(format: "%03d_%@.spk", $0, $1) })
      #expect(dumps.filter { $0.hasSuffix(".diff") }.count == DumpTests.passes.count)
      #expect(dumps.contains("weights.h5"))
      for text in texts {
        try Spikec.succeed(Digits.compile("dump/\(text)", to: "again/net"), in: folder)
        let again = try contents(of: folder.appendingPathComponent("again/net"))
        #expect(again == direct, "\(text)")
        let read = try Spikec.succeed(["opt", "dump/\(text)", "-o", "read.spk"], in: folder)
        #expect(read.output == "")
        try Spikec.succeed(["inspect", "dump/\(text)"], in: folder)
        try Spikec.succeed(Digits.compile("read.spk", to: "again/net"), in: folder)
        #expect(try contents(of: folder.appendingPathComponent("again/net")) == direct)
      }
    }
  }

  @Test func passesBeforeAChoiceOfScalesAreDumpedToo() throws {
    try withTemporaryFolder { folder in
      let options = ["--target", "norse", "--emit", "nir", "--dump-ir", "dump"]
      try Spikec.succeed(Digits.compile(to: "net.nir", options), in: folder)
      let dump = folder.appendingPathComponent("dump")
      let files = try FileManager.default.contentsOfDirectory(atPath: dump.path)
      for pass in ["fold-batch-norm", "normalize-currents", "quantize-weights"] {
        #expect(files.contains { $0.hasSuffix("_\(pass).spk") }, "\(pass)")
      }
    }
  }

  @Test(arguments: passes)
  func stoppingAndGoingOnIsTheSameAsNotStopping(pass: String) throws {
    try withTemporaryFolder { folder in
      let stop = ["--stop-after", pass, "--emit", "ir"]
      try Spikec.succeed(Digits.compile(to: "half.spk", stop), in: folder)
      try Spikec.succeed(Digits.compile(to: "whole.spk", ["--emit", "ir"]), in: folder)
      try Spikec.succeed(
        Digits.compile("half.spk", to: "rest.spk", ["--emit", "ir"]), in: folder)
      func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
          .replacingOccurrences(of: "\"\(name).h5\"", with: "")
      }
      #expect(try text("rest.spk") == text("whole.spk"))
    }
  }

  @Test func namedPassesDoWhatTheStandardOnesDo() throws {
    try withTemporaryFolder { folder in
      let list =
        "normalize-input{scale=16},canonicalize,fold-batch-norm,fold-diagonals,hoist-relu,"
        + "split-signed,absorb-average-pooling,"
        + "normalize-currents{mode=mse,timesteps=16},lower-to-spiking,"
        + "threshold-residuals,calibrate-membranes{rounds=2,timesteps=16},"
        + "quantize-weights{timesteps=16}"
      try Spikec.succeed(Digits.compile(to: "standard/net"), in: folder)
      try Spikec.succeed(Digits.compile(to: "named/net", ["--passes", list]), in: folder)
      let standard = try contents(of: folder.appendingPathComponent("standard/net"))
      #expect(try contents(of: folder.appendingPathComponent("named/net")) == standard)
    }
  }

  @Test func printsTheIRAroundAPass() throws {
    try withTemporaryFolder { folder in
      let run = try Spikec.succeed(
        ["compile", Digits.model, "--print-ir-before", "fold-batch-norm"]
          + ["--print-ir-after", "fold-batch-norm", "--stop-after", "fold-batch-norm"], in: folder)
      let parts = run.output.components(separatedBy: "// after fold-batch-norm")
      #expect(parts.count == 2)
      #expect(parts[0].hasPrefix("// before fold-batch-norm"))
      #expect(parts[0].contains("batch_norm") && !parts[1].contains("batch_norm %"))
      let all = try Spikec.succeed(
        Digits.compile(to: "net", ["--print-ir-after", "all", "--time-passes"]), in: folder)
      for pass in DumpTests.passes {
        #expect(all.output.contains("// after \(pass)"))
        #expect(all.errorLines.contains { $0.contains(" ms  \(pass)") })
      }
    }
  }

  @Test func optRunsPassesOnADump() throws {
    try withTemporaryFolder { folder in
      let emit = ["--emit", "ir", "--stop-after", "canonicalize"]
      try Spikec.succeed(Digits.compile(to: "a.spk", emit), in: folder)
      let run = try Spikec.succeed(["opt", "a.spk", "--passes", "fold-batch-norm"], in: folder)
      #expect(run.output.contains("facts=[batch-norm-folded]"))
      #expect(!run.output.contains("batch_norm %"))
    }
  }

  @Test func anIRFileDoesNotReplaceTheModelBesideIt() throws {
    try withTemporaryFolder { folder in
      let model = folder.appendingPathComponent("net.h5")
      try FileManager.default.copyItem(atPath: Digits.model, toPath: model.path)
      try Spikec.succeed(
        Digits.compile("net.h5", to: "net.spk", ["--emit", "ir"]), in: folder)
      #expect(try Data(contentsOf: model) == Data(contentsOf: URL(fileURLWithPath: Digits.model)))
    }
  }

  @Test func optionsThatComeTooLateAreRefused() throws {
    try withTemporaryFolder { folder in
      let stop = ["--emit", "ir", "--stop-after", "lower-to-spiking"]
      try Spikec.succeed(Digits.compile(to: "late.spk", stop), in: folder)
      let run = try Spikec.run(
        Digits.compile("late.spk", to: "net", ["--readout", "spikes"]), in: folder)
      #expect(run.exitCode == 1)
      #expect(run.errors.contains("too late for 'population-readout'"))
    }
  }
}
