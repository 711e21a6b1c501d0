import Foundation
import SpikeExecution
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// The small models in Tests/Fixtures/keras, one per feature of Keras; README.md there lists them.
struct FixtureTests {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/keras")

  /// The files that cannot be imported: the layer at fault, and what the diagnostic must say.
  static let refusals: [String: (layer: String, message: String)] = [
    "k2_merge_multiply.h5": ("merge", "multiplies"),
    "k3_merge_maximum.h5": ("merge", "larger or smaller"),
    "k2_relu_threshold.h5": ("relu", "threshold"),
    "k2_lambda_layer.h5": ("", "Python bytecode"),
    "k3_lambda_layer.h5": ("", "Python bytecode"),
    "k2_lstm.h5": ("", "recurrent"),
    "k2_up_sampling.h5": ("", "enlarges"),
    "k3_conv_transpose.h5": ("", "enlarges"),
    "k3_layer_normalization.h5": ("", "sample at hand"),
    "k2_weights_only.h5": ("", "weights only"),
    "k3_weights_only.weights.h5": ("", "weights only"),
    "k2_config_only.h5": ("", "no weights"),
    "k2_nan_weight.h5": ("conv", "contains NaN"),
    "k3_infinite_weight.h5": ("class", "contains infinity"),
  ]
  /// They take two images; the executor runs networks of one input.
  static let severalInputs: Set = ["k3_two_inputs.h5"]

  static let models = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".h5") }.sorted()
  static let readable = models.filter { refusals[$0] == nil && !severalInputs.contains($0) }

  private func path(_ name: String) -> String {
    FixtureTests.folder.appendingPathComponent(name).path
  }

  @Test(arguments: readable)
  func computesWhatKerasDid(_ model: String) throws {
    let imported = try Importer.load(path: path(model))
    let reference = path(String(model.dropLast(3)) + ".npz")
    let difference = try ReferenceComparison.largestDifference(
      imported.graph, reference: reference)
    #expect(difference <= 1e-4, "\(model): \(difference)")
    #expect(imported.warnings.isEmpty)
  }

  @Test(arguments: refusals.keys.sorted())
  func refuses(_ model: String) throws {
    let expected = try #require(FixtureTests.refusals[model])
    let refusal = try #require(ReferenceComparison.refusal(path(model)))
    #expect(refusal.message.contains(expected.message), "\(refusal)")
    if !expected.layer.isEmpty { #expect(refusal.origin == Origin(expected.layer)) }
    #expect(!refusal.notes.isEmpty)
  }

  @Test func importsSeveralInputs() throws {
    let graph = try Importer.load(path: path("k3_two_inputs.h5")).graph
    let names = graph.inputs.map { graph[$0].name }
    #expect(names == ["left", "right"])
  }

  @Test func namesNestedLayersByTheirPath() throws {
    let graph = try Importer.load(path: path("k2_nested.h5")).graph
    let node = try #require(graph.node(named: "body.inner.inner_conv"))
    #expect(graph[node].origin == Origin("body/inner/inner_conv"))
  }
}
