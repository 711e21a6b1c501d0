import SpikeData
import SpikeExecution
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// Every `.onnx` file in ../shared/models imports with the recorded outputs, or is refused with a
/// reason.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct OnnxSharedModelTests {
  /// The files that cannot be had, and what the diagnostic must say.
  static let refusals: [String: String] = [
    "prehistoric_ir1_no_opset_pt02.onnx": "version 1 of the ONNX format",
    "trees_skl2onnx117.onnx": "classical machine learning",
    "mnist_selfattention_tf2onnx113.onnx": "with each other",
    "mnist_tfc_1w1a_qonnx.onnx": "onnx.brevitas",
    "mnist_train_graph_tf2onnx163.onnx": "ArgMax",
    "dense_bn_onnxmltools130.onnx": "statistics of shapes",
    "qlinearconv_tdnn.onnx": "QLinearConv",
  ]
  static let models = SharedFiles.names(in: "models", suffix: ".onnx")
  static let readable = models.filter { refusals[$0] == nil }

  @Test func allModelsAreThere() {
    #expect(OnnxSharedModelTests.readable.count >= 20)
  }

  @Test(arguments: readable)
  func computesWhatWasRecorded(_ model: String) throws {
    let imported = try Importer.load(path: SharedFiles.path("models/\(model)"))
    let references = SharedFiles.names(in: "models/reference", suffix: ".npz")
      .filter { $0.hasPrefix(model) }
    for reference in references {
      let difference = try ReferenceComparison.largestDifference(
        imported.graph, reference: SharedFiles.path("models/reference/\(reference)"))
      #expect(difference <= 1e-4, "\(reference): \(difference)")
    }
  }

  @Test(arguments: refusals.keys.sorted())
  func refuses(_ model: String) throws {
    let path = SharedFiles.path("models/\(model)")
    let refusal = try #require(ReferenceComparison.refusal(path))
    #expect("\(refusal)".contains(OnnxSharedModelTests.refusals[model] ?? ""), "\(refusal)")
    #expect(refusal.file == path)
    #expect(!refusal.notes.isEmpty)
  }
}

extension OnnxSharedModelTests {
  /// One network saved as `.h5`, `.keras` and, by tf2onnx, as `.onnx` is one graph but for names:
  /// the same operations with the same numbers, and no transposition left.
  @Test(arguments: [
    ["cifar_cnn_tf215_b.h5", "cifar_cnn_tf215_b.keras", "cifar_cnn_tf215_b.onnx"],
    ["vgg_mini_cifar10.h5", "vgg_mini_cifar10.keras"],
    ["mnist_cnn_logits_tf224.h5", "mnist_cnn_keras2onnx170.onnx"],
  ])
  func formsOfOneNetworkAreOneGraph(_ files: [String]) throws {
    let graphs = try files.map {
      try Importer.load(path: SharedFiles.path("models/\($0)")).graph
    }
    for (file, graph) in zip(files, graphs).dropFirst() {
      #expect(graph.nodes.map(\.operation.mnemonic) == graphs[0].nodes.map(\.operation.mnemonic))
      #expect(graph.nodes.map(\.type) == graphs[0].nodes.map(\.type))
      let constants = [graph, graphs[0]].map { graph in
        graph.nodes.flatMap { node in node.operation.constants.map { graph.constants[$0.id] } }
      }
      let areEqual = constants[0] == constants[1]
      #expect(areEqual, "\(file) has other numbers")
    }
  }
}
