import Foundation
import SpikeData
import SpikeExecution
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

@testable import SpikePasses

/// One network in several formats, or by several exporters, becomes one graph but for names, and the
/// same spikes, neuron by neuron and step by step.
struct FormsOfOneNetworkTests {
  /// The files of one network, and where inputs for it lie.
  struct Forms: Sendable, CustomTestStringConvertible {
    let files: [String]
    let inputs: String
    var scale = 1
    var testDescription: String { files.joined(separator: ", ") }
  }

  private static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures").path
  static let own = [
    Forms(
      files: ["onnx/residual_torchscript.onnx", "onnx/residual_dynamo.onnx"],
      inputs: "onnx/residual.npz"),
    Forms(
      files: ["onnx/separable.h5", "onnx/separable.keras", "onnx/separable_tf2onnx.onnx"],
      inputs: "onnx/separable.npz"),
    Forms(
      files: ["keras/k3_archive_nested.h5", "keras/k3_archive_nested.keras"],
      inputs: "keras/k3_archive_nested.npz"),
  ]
  static let shared = [
    Forms(
      files: ["cifar_cnn_tf215_b.h5", "cifar_cnn_tf215_b.keras", "cifar_cnn_tf215_b.onnx"],
      inputs: "cifar10_calibration.npz", scale: 255),
    Forms(
      files: ["vgg_mini_cifar10.h5", "vgg_mini_cifar10.keras"], inputs: "cifar10_calibration.npz",
      scale: 255),
    Forms(
      files: ["mnist_cnn_logits_tf224.h5", "mnist_cnn_keras2onnx170.onnx"],
      inputs: "mnist_calibration.npz", scale: 255),
  ]

  @Test(arguments: own, Schedule.allCases)
  func ownNetworksSpikeAlike(_ forms: Forms, _ schedule: Schedule) throws {
    try expectAlike(forms, schedule, models: Self.fixtures, data: Self.fixtures)
  }

  @Test(
    .enabled(if: SharedFiles.areThere, SharedFiles.reason), arguments: shared, Schedule.allCases)
  func publicNetworksSpikeAlike(_ forms: Forms, _ schedule: Schedule) throws {
    try expectAlike(
      forms, schedule, models: SharedFiles.path("models"), data: SharedFiles.path("data"))
  }

  private func expectAlike(
    _ forms: Forms, _ schedule: Schedule, models: String, data: String
  ) throws {
    let inputs = try LabelledData.load("\(data)/\(forms.inputs)", readsLabels: false).inputs
    let count = min(32, inputs.rowCount)
    let samples = Samples(
      inputs.floats(rows: 0..<count), count: count, isByte: inputs.elementType == .uint8)
    var first: (structure: [String], trace: [[Int32]], outputs: [[Double]])?
    for file in forms.files {
      let graph = try Importer.load(path: "\(models)/\(file)").graph
      let structure = graph.nodes.map { "\($0.operation.mnemonic) \($0.type)" }
      let (trace, outputs) = try spikes(graph, samples, schedule, scale: forms.scale)
      let sent = trace.reduce(0) { $0 + $1.reduce(0) { $0 + Int($1) } }
      #expect(sent > 100)
      guard let expected = first else {
        first = (structure, trace, outputs)
        continue
      }
      #expect(structure == expected.structure, "\(file)")
      let areEqual = trace == expected.trace
      #expect(areEqual, "\(file) sends other spikes")
      #expect(outputs == expected.outputs, "\(file)")
    }
  }

  /// Every spike of a few samples, by step and source, and the outputs.
  private func spikes(
    _ graph: Graph, _ samples: Samples, _ schedule: Schedule, scale: Int
  ) throws -> (trace: [[Int32]], outputs: [[Double]]) {
    var graph = graph
    let pipeline = try Pipeline(
      parsing:
        "normalize-input{scale=\(scale)},canonicalize,fold-batch-norm,fold-diagonals,hoist-relu,"
        + "split-signed,absorb-average-pooling,normalize-currents,lower-to-spiking,"
        + "threshold-residuals,quantize-weights{timesteps=32}")
    try PassManager(pipeline, on: graph.facts).run(&graph, calibration: CalibrationData(samples))
    let interpreter = try SpikingInterpreter(graph)
    var trace: [[Int32]] = []
    var outputs: [[Double]] = []
    for index in 0..<2 {
      let results = interpreter.run(
        samples.read(index..<index + 1), schedule, checkpoints: [32]
      ) { _, _, spikes in trace.append(spikes) }
      outputs += results.flatMap(\.outputs)
    }
    return (trace, outputs)
  }
}
