import Foundation
import HDF5
import SpikeData
import TestSupport
import Testing

/// Netlists as a user writes, reads and inspects them.
@Suite struct NetlistCommandTests {
  private static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures")

  /// What came out of a network at every timestep.
  private func trace(_ model: String, _ options: [String] = [], in folder: URL) throws -> [Float] {
    try Spikec.succeed(
      ["run", model, "--stage", "spiking", "--timesteps", "16", "--input", Digits.test, "--trace"]
        + ["--limit", "8", "-o", "trace.npz"] + options, in: folder)
    let steps = try NPZArchive(folder.appendingPathComponent("trace.npz").path)
      .array(named: "steps")
    return steps.floats(rows: 0..<steps.rowCount)
  }

  @Test(
    arguments: ["nir", "sinabs", "norse", "snntorch", "spikingjelly"], ["membrane", "spikes"])
  func aFileReadBackRunsAsTheNetworkThatItCameFrom(_ target: String, _ readout: String) throws {
    try withTemporaryFolder { folder in
      let options = ["--target", target, "--emit", "ir", "--readout", readout, "--headroom", "2"]
      try Spikec.succeed(Digits.compile(to: "a.spk", options), in: folder)
      try Spikec.succeed(
        ["compile", "a.spk", "--target", target, "--timesteps", "16", "--emit", "nir"]
          + ["-o", "a.nir"], in: folder)
      let expected = try trace("a.spk", ["--target", target], in: folder)
      #expect(try trace("a.nir", in: folder) == expected)
      #expect(Set(expected).count > 4 && expected.count == 8 * 16 * 10)
    }
  }

  @Test func aFileSaysWhatItHolds() throws {
    try withTemporaryFolder { folder in
      let names = (0..<10).map { "digit \($0)" }
      try Data((names.joined(separator: "\n") + "\n").utf8)
        .write(to: folder.appendingPathComponent("names.txt"))
      try Spikec.succeed(
        Digits.compile(to: "a.nir", ["--emit", "nir", "--class-names", "names.txt"]), in: folder)
      let metadata = try HDF5File.open(folder.appendingPathComponent("a.nir").path).root
        .group("node/metadata")
      #expect(try metadata.dataset("class_names").readStrings() == names)
      let inspected = try Spikec.succeed(["inspect", "a.nir"], in: folder).output
      for text in [
        "producer: spikec", "timesteps: 16", "target: nir", "input_coding: direct",
        "output: membrane", "class_names: digit 0, digit 1", "output_scale: ", "Conv2d", "IF",
        "s = v > v_threshold",
      ] { #expect(inspected.contains(text), "\(text) in \(inspected)") }
    }
  }

  @Test(arguments: [
    ("one\ntwo\n", "there are 2 class names for 10 outputs"), ("one\n\ntwo", "line 2 is empty"),
    ("\n", "holds no class names"),
  ])
  func classNamesMustFit(_ text: String, _ says: String) throws {
    try withTemporaryFolder { folder in
      try Data(text.utf8).write(to: folder.appendingPathComponent("names.txt"))
      let run = try Spikec.run(
        Digits.compile(to: "a.nir", ["--emit", "nir", "--class-names", "names.txt"]), in: folder)
      #expect(run.exitCode == 1 && run.errors.contains(says), "\(run.errors)")
      #expect(try contents(of: folder).keys.sorted() == ["names.txt"])
    }
  }

  /// Each reason has its layer, the limit and what would help; nothing is written.
  @Test func whatATargetCannotHoldIsRefusedReasonByReason() throws {
    try withTemporaryFolder { folder in
      let model = Self.fixtures.appendingPathComponent("keras/k2_pooling_same")
      let run = try Spikec.run(
        ["compile", model.path + ".h5", "--calibrate", model.path + ".npz", "--target", "speck"]
          + ["--emit", "nir", "-o", "a.nir"], in: folder)
      #expect(run.exitCode == 1)
      for text in [
        "layer 'average': target 'speck' pools windows of [1, 2, 4] rows or columns, not 3",
        "layer 'average': target 'speck' pools windows that do not overlap",
        "layer 'max': target 'speck' has no max-pooling",
        "note: give --replace-max-pool, or train with average pooling",
      ] { #expect(run.errors.contains(text), "\(text) in \(run.errors)") }
      #expect(run.errors.components(separatedBy: "note: ").count - 1 == 3)
      #expect(try contents(of: folder).isEmpty)
    }
  }

  @Test func sonataIsWrittenWithItsStimuli() throws {
    try withTemporaryFolder { folder in
      let options = ["--emit", "sonata", "--input", "rate", "--stimuli", Digits.test]
      let run = try Spikec.succeed(
        Digits.compile(to: "net", options + ["--limit", "2", "--headroom", "2"]), in: folder)
      let net = folder.appendingPathComponent("net")
      let facts = try json(net.appendingPathComponent("spikec.json"))
      #expect(facts["timesteps"] as? Int == 16)
      let edges = try HDF5File.open(net.appendingPathComponent("network/edges.h5").path).root
      let synapses = try edges.group("edges").children().reduce(0) {
        $0 + (try edges.dataset("edges/\($1)/source_node_id").shape[0])
      }
      #expect(synapses > 1000)
      let said = run.errors.filter { $0 != "," }
      #expect(said.contains("\(synapses) synapses"), "\(run.errors)")
      let spikes = try HDF5File.open(net.appendingPathComponent("reference/spikes_1.h5").path).root
      #expect(try !spikes.group("spikes").children().isEmpty)
    }
  }
}
