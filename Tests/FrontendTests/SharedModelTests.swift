import SpikeData
import SpikeExecution
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// Every `.h5` file in ../shared/models imports with the recorded outputs, or is refused with a
/// reason.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct SharedModelTests {
  /// The files that cannot be had, and what the diagnostic must say.
  static let refusals = [
    "neg_html_page_named.h5": "HTML page",
    "neg_weights_only_keras3.weights.h5": "weights only",
    "steering_lenet_lambda_keras207.h5": "Lambda holds Python bytecode",
  ]
  static let models = SharedFiles.names(in: "models", suffix: ".h5")
  static let readable = models.filter { refusals[$0] == nil }
  /// Saved by Theano, whose convolution flips kernels; what tf_keras gives for them (`.tfk`) was
  /// recorded with kernels as stored, so it is what the import gives with rotated kernels.
  static let theano = ["cifar_bn_cf_theano_keras204.h5", "conv_reshape_keras213_theano.h5"]

  private func load(_ model: String) throws -> ImportedModel {
    let shape = model.hasPrefix("mtcnn") ? [32, 32, 3] : nil
    return try Importer.load(
      path: SharedFiles.path("models/\(model)"), options: ImportOptions(inputShape: shape))
  }

  @Test func allModelsAreThere() {
    #expect(SharedModelTests.readable.count >= 22)
  }

  @Test(arguments: readable)
  func computesWhatWasRecorded(_ model: String) throws {
    let imported = try load(model)
    let references = SharedFiles.names(in: "models/reference", suffix: ".npz")
      .filter { $0.hasPrefix(model) }
    try #require(!references.isEmpty)
    for reference in references {
      let isAsStored = SharedModelTests.theano.contains(model) && reference.hasSuffix(".tfk.npz")
      let difference = try ReferenceComparison.largestDifference(
        isAsStored ? imported.graph.withRotatedKernels : imported.graph,
        reference: SharedFiles.path("models/reference/\(reference)"))
      #expect(difference <= 1e-4, "\(reference): \(difference)")
    }
  }

  @Test(arguments: refusals.keys.sorted())
  func refuses(_ model: String) throws {
    let path = SharedFiles.path("models/\(model)")
    let refusal = try #require(ReferenceComparison.refusal(path))
    #expect(refusal.message.contains(SharedModelTests.refusals[model] ?? ""))
    #expect(refusal.file == path)
    #expect(!refusal.notes.isEmpty)
  }

  @Test func namesTheRefusedLayer() throws {
    let path = SharedFiles.path("models/steering_lenet_lambda_keras207.h5")
    #expect(ReferenceComparison.refusal(path)?.origin == Origin("lambda_10"))
  }

  @Test func asksForOpenExtents() throws {
    let path = SharedFiles.path("models/mtcnn_pnet_prelu_keras220.h5")
    let refusal = try #require(ReferenceComparison.refusal(path))
    #expect(refusal.notes.contains { $0.contains("--input-shape") })
    let wrong = ImportOptions(inputShape: [32, 32, 1])
    #expect(ReferenceComparison.refusal(path, wrong)?.message.contains("does not fit") == true)
    #expect(try load("mtcnn_pnet_prelu_keras220.h5").graph.outputs.count == 2)
  }

  @Test func saysWhatSavedAFile() throws {
    #expect(try load("cifar_resnet8_mlperf_tf240.h5").producer == "Keras 2.4.0 (tensorflow)")
    #expect(try load("mnist_cnn_keras122.h5").producer == "Keras 1.2.2")
  }

  @Test func keepsTheModelsOwnInputLayout() throws {
    let graph = try load("cifar_bn_cf_theano_keras204.h5").graph
    let shapes = graph.inputs.map { graph[$0].type.shape }
    #expect(shapes == [[3, 32, 32]])
  }
}
