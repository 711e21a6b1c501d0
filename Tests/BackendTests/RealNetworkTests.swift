import SpikeData
import SpikeExecution
import SpikeFrontend
import SpikeIR
import SpikePasses
import TestSupport
import Testing

/// The emitted C and the interpreter on trained networks and real images.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct RealNetworkTests {
  /// Images of a data set, as the network takes them.
  private struct Images: SampleSource {
    let array: NDArray
    let count: Int
    var elementCount: Int { array.rowElementCount }
    var isByte: Bool { array.elementType == .uint8 }
    func read(_ range: Range<Int>) -> [Float] { array.floats(rows: range) }
  }

  private func images(_ name: String, _ count: Int) throws -> Images {
    Images(array: try LabelledData.load(SharedFiles.path("data/\(name).npz")).inputs, count: count)
  }

  private func compiled(_ model: String, _ data: String) throws -> Graph {
    var graph = try Importer.load(path: SharedFiles.path("models/\(model).h5")).graph
    let scale = model.contains("resnet8") ? "1" : "255"
    let pipeline = try Pipeline([
      ("normalize-input", ["scale": scale]), ("canonicalize", [:]), ("fold-batch-norm", [:]),
      ("fold-diagonals", [:]), ("hoist-relu", [:]), ("split-signed", [:]),
      ("absorb-average-pooling", [:]), ("normalize-currents", [:]), ("lower-to-spiking", [:]),
      ("threshold-residuals", [:]), ("quantize-weights", ["timesteps": "32"]),
    ])
    let calibration = try CalibrationData(images("\(data)_calibration", 32))
    try PassManager(pipeline, on: graph.facts).run(&graph, calibration: calibration)
    return graph
  }

  @Test(
    arguments: [
      ("vgg_mini_cifar10", "cifar10"), ("cifar_resnet8_mlperf_tf240", "cifar10"),
      ("mnist_cnn_keras231", "mnist"),
    ], Schedule.allCases)
  func sameSpikes(_ model: (name: String, data: String), _ schedule: Schedule) throws {
    let graph = try compiled(model.name, model.data)
    let test = try images("\(model.data)_test", 4)
    let samples = (0..<4).map { test.read($0..<$0 + 1) }
    try withTemporaryFolder { folder in
      try expectSameSpikes(graph, samples, schedule, timesteps: 32, Toolchain.all, in: folder)
    }
  }

  /// What a compiler warns of depends on how much it optimises; this network passes over inputs.
  @Test(arguments: Schedule.allCases) func givesNoWarningAtAnyLevel(_ schedule: Schedule) throws {
    let graph = try compiled("cifar_resnet8_mlperf_tf240", "cifar10")
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, schedule, timesteps: 32, in: folder)
      for compiler in ["gcc", "clang"] {
        for level in ["-O0", "-O1", "-O2", "-Os", "-O3"] {
          let result = try ProcessResult(
            [compiler, "-std=c99", level, "-c", "net.c"] + Toolchain.warnings, in: program.folder)
          #expect(result.status == 0 && result.error == "", "\(compiler) \(level): \(result.error)")
        }
      }
    }
  }
}
