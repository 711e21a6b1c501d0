import Foundation
import SpikeData
import SpikeExecution
import SpikeFrontend
import SpikeIR
import SpikeSerialization
import TestSupport
import Testing

@testable import SpikePasses

/// Real networks, dumped after every pass: each dump reads back as it was, and a compilation that
/// goes on from it ends in the same network.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason), .serialized)
struct DumpTests {
  /// What writes the dumps while the passes run.
  private struct Dumper: PassObserver {
    let directory: DumpDirectory
    let seen: (Graph) -> Void

    func willStart(_ graph: Graph) throws {
      try directory.add(graph, index: 0, pass: "import")
      seen(graph)
    }
    func willRun(_ run: PassRun, index: Int, _ graph: Graph) {}
    func didRun(_ run: PassRun, index: Int, before: Graph, after: Graph, took: Duration) throws {
      try directory.add(after, index: index + 1, pass: run.pass.name)
      seen(after)
    }
  }

  /// The default pipeline, as the command line has it.
  static func pipeline(scale: Int, timesteps: Int = 32, bits: Int = 8) throws -> Pipeline {
    try Pipeline([
      ("normalize-input", ["scale": "\(scale)"]), ("canonicalize", [:]), ("fold-batch-norm", [:]),
      ("fold-diagonals", [:]), ("hoist-relu", [:]), ("split-signed", [:]),
      ("absorb-average-pooling", [:]), ("normalize-currents", [:]), ("lower-to-spiking", [:]),
      ("threshold-residuals", [:]),
      ("quantize-weights", ["bits": "\(bits)", "timesteps": "\(timesteps)"]),
    ])
  }

  @Test(arguments: [
    ("vgg_mini_cifar10.h5", "cifar10_calibration.npz", 255),
    ("cifar_resnet8_mlperf_tf240.h5", "cifar10_calibration.npz", 1),
    ("mnist_cnn_keras231.h5", "mnist_calibration.npz", 255),
  ])
  func everyStageComesBack(_ model: String, _ data: String, _ scale: Int) throws {
    let inputs = try LabelledData.load(SharedFiles.path("data/\(data)")).inputs
    let samples = Samples(inputs.floats(rows: 0..<16), count: 16, isByte: true)
    let calibration = CalibrationData(samples)
    let pipeline = try Self.pipeline(scale: scale)
    try withTemporaryFolder { folder in
      var graph = try Importer.load(path: SharedFiles.path("models/\(model)")).graph
      var stages: [Graph] = []
      let dumper = Dumper(directory: try DumpDirectory(folder.path)) { stages.append($0) }
      try PassManager(pipeline, on: graph.facts)
        .run(&graph, calibration: calibration, observers: [dumper])
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".spk") }.sorted()
      #expect(files.count == pipeline.runs.count + 1)
      for (file, stage) in zip(files, stages) {
        var again = try IRFile.read(folder.appendingPathComponent(file).path)
        #expect(again.digested == stage.digested, "\(file) reads back otherwise")
        #expect(again.history == stage.history)
        let rest = try pipeline.remaining(for: again)
        try PassManager(rest, on: again.facts).run(&again, calibration: calibration)
        #expect(again.digested == graph.digested, "going on from \(file) ends otherwise")
      }
      try checkOutputs(files.last!, in: folder, graph, samples)
    }
  }

  /// The last dump runs as the network does, in both schedules.
  private func checkOutputs(_ file: String, in folder: URL, _ graph: Graph, _ samples: Samples)
    throws
  {
    let again = try IRFile.read(folder.appendingPathComponent(file).path)
    for schedule in Schedule.allCases {
      let first = samples.prefix(2)
      #expect(
        try again.spikingOutputs(first, timesteps: 8, schedule)
          == graph.spikingOutputs(first, timesteps: 8, schedule))
    }
  }
}

extension Graph {
  /// The textual form with a digest of every constant.
  fileprivate var digested: String { text(.values(upTo: 0)) }
}
