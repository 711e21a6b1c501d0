import Foundation
import SpikeData
import TestSupport
import Testing

/// Each command on the digits example, as a user runs it.
@Suite struct CommandTests {
  @Test func compileWritesAFolderThatSaysWhatItHolds() throws {
    try withTemporaryFolder { folder in
      let arguments = Digits.compile(to: "out/digits", ["--json", "table.json"])
      let run = try Spikec.succeed(arguments, in: folder)
      #expect(run.errors == "wrote out/digits\n")
      #expect(run.output.contains("relu1"))
      let files = try contents(of: folder.appendingPathComponent("out/digits"))
      for name in ["digits.h", "digits.c", "digits_main.c", "Makefile", "CMakeLists.txt"] {
        #expect(files[name] != nil, "\(name)")
      }
      let table = try json(folder.appendingPathComponent("table.json"))
      let rows = try #require(table["populations"] as? [[String: Any]])
      #expect(
        Set(rows[0].keys) == [
          "name", "shape", "neurons", "weights", "weight_bits", "fraction_bits",
          "largest_membrane", "exact_in_float32",
        ])
      #expect(rows.compactMap { $0["name"] as? String }.first == "relu1")
    }
  }

  @Test func compilingAgainReplacesTheFilesAndLeavesOthers() throws {
    try withTemporaryFolder { folder in
      try Spikec.succeed(Digits.compile(to: "net"), in: folder)
      let net = folder.appendingPathComponent("net")
      try Data("mine".utf8).write(to: net.appendingPathComponent("notes.txt"))
      let first = try contents(of: net)
      try Spikec.succeed(Digits.compile(to: "net"), in: folder)
      #expect(try contents(of: net) == first)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["net"])
    }
  }

  @Test func evaluateGivesATableAndTheSameAsJSON() throws {
    try withTemporaryFolder { folder in
      let run = try Spikec.succeed(
        ["evaluate", Digits.model] + Digits.calibration + [
          "--data", Digits.test, "--limit", "60", "--timesteps", "4,16", "--schedule", "both",
          "--populations", "--json", "e.json",
        ], in: folder)
      #expect(run.errors == "")
      #expect(run.outputLines.allSatisfy { $0.count <= 100 })
      let object = try json(folder.appendingPathComponent("e.json"))
      #expect(object["inputs"] as? Int == 60)
      #expect(try #require(object["cnn_accuracy"] as? Double) > 90)
      #expect(object["cnn_multiply_accumulates"] is Int)
      let rows = try #require(object["evaluation"] as? [[String: Any]])
      #expect(rows.map { $0["timesteps"] as? Int } == [4, 16, 4, 16])
      #expect(
        Set(rows[0].keys) == [
          "schedule", "timesteps", "accuracy", "loss", "spikes", "synaptic_operations",
          "energy_microjoules", "cnn_energy_microjoules",
        ])
      let populations = try #require(object["populations"] as? [[String: Any]])
      #expect(populations.count == 4 * 3)
    }
  }

  @Test func ablationSwitchesEachTechniqueOff() throws {
    try withTemporaryFolder { folder in
      try Spikec.succeed(
        ["evaluate", Digits.model] + Digits.calibration + [
          "--data", Digits.test, "--limit", "40", "--timesteps", "16", "--ablation",
          "--json", "a.json",
        ], in: folder)
      let object = try json(folder.appendingPathComponent("a.json"))
      let rows = try #require(object["ablation"] as? [[String: Any]])
      #expect(rows.count == 5)
      let accuracies = rows.compactMap { $0["accuracy_16"] as? Double }
      #expect(accuracies.max() == accuracies[0], "all of ECC is best")
    }
  }

  @Test(arguments: ["analog", "spiking"])
  func runWritesTheOutputsOfEveryInput(stage: String) throws {
    try withTemporaryFolder { folder in
      try Spikec.succeed(
        ["run", Digits.model] + Digits.calibration + [
          "--input", Digits.test, "--output", "y.npz", "--stage", stage, "--limit", "50",
        ], in: folder)
      let file = folder.appendingPathComponent("y.npz").path
      let y = try NPZArchive(file).array(named: "y")
      #expect(y.shape == [50, 10])
      let labels = try #require(try LabelledData.load(Digits.test).labels)
      let right = (0..<50).count { i in
        let row = y.floats(rows: i..<i + 1)
        return row.firstIndex(of: row.max()!) == labels[i]
      }
      #expect(right >= 47)
    }
  }

  @Test func inspectShowsLayersAndWhatTheyBecome() throws {
    try withTemporaryFolder { folder in
      let run = try Spikec.succeed(["inspect", Digits.model, "--json", "i.json"], in: folder)
      #expect(run.output.contains("folded into its neighbour"))
      #expect(run.outputLines.dropFirst().allSatisfy { $0.count <= 100 })
      let object = try json(folder.appendingPathComponent("i.json"))
      #expect(Set(object.keys) == ["producer", "parameters", "multiply_accumulates", "layers"])
      let rows = try #require(object["layers"] as? [[String: Any]])
      #expect(
        Set(rows[0].keys) == [
          "name", "operation", "shape", "parameters", "multiply_accumulates", "spiking",
        ])
    }
  }

  @Test func passesListsEachPassWithItsOptions() throws {
    try withTemporaryFolder { folder in
      let run = try Spikec.succeed(["passes", "--json", "p.json"], in: folder)
      #expect(run.output.contains("normalize-currents"))
      let object = try json(folder.appendingPathComponent("p.json"))
      #expect(Set(object.keys) == ["passes", "options"])
    }
  }
}
