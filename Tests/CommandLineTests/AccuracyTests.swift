import Foundation
import TestSupport
import Testing

/// What users come for: spiking networks as good as the CNN that they were made of, for public
/// networks and real images.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct AccuracyTests {
  /// A trained network, and what was measured of it elsewhere.
  struct Model: Decodable, Sendable, CustomTestStringConvertible {
    struct Accuracy: Decodable {
      struct Input: Decodable { let scale: Double }
      /// From 0 to 1, on the data set that is named.
      let acc: Double
      /// As in `mnist_test.npz (10,000)`.
      let dataset: String
      let input: Input
    }
    let name: String
    let accuracy: Accuracy?
    var testDescription: String { name }
  }

  private struct Measured: Decodable {
    struct Point: Decodable { let accuracy: Double }
    let cnn_accuracy: Double
    let evaluation: [Point]
  }

  /// Those that are trained on MNIST or CIFAR-10 and can be had; all but the largest, which takes
  /// minutes (see docs/results.md).
  static let models: [Model] = {
    let index = URL(fileURLWithPath: SharedFiles.path("models/index.json"))
    guard let data = try? Data(contentsOf: index),
      let all = try? JSONDecoder().decode([Model].self, from: data)
    else { return [] }
    let left = ["mnist_sigmoid_mlp_tf224.h5", "vgg16_cifar10.h5"]
    return all.filter {
      $0.accuracy != nil && $0.name.hasSuffix(".h5") && !left.contains($0.name)
    }
  }()

  @Test func allModelsAreThere() { #expect(AccuracyTests.models.count >= 14) }

  @Test(arguments: models)
  func spikingNetworksAreAsGoodAsTheirCNN(_ model: Model) throws {
    let expected = try #require(model.accuracy)
    let set = expected.dataset.hasPrefix("mnist") ? "mnist" : "cifar10"
    let scale = expected.input.scale
    // All images: on a thousand, three more wrong ones are within the standard error.
    let measured = try measured(model.name, set, scale: scale, ["--timesteps", "256"])
    var known = measured.cnn_accuracy
    if expected.dataset.contains("first 1,000") {
      let first = ["--timesteps", "1", "--limit", "1000"]
      known = try self.measured(model.name, set, scale: scale, first).cnn_accuracy
    }
    // The index rounds to a hundredth of a percent.
    #expect(abs(known - 100 * expected.acc) <= 0.0101)
    let spiking = try #require(measured.evaluation.first).accuracy
    #expect(spiking >= measured.cnn_accuracy - 0.5, "SNN \(spiking)")
  }

  /// Empty backgrounds, where all neurons are right or wrong at once, make scales of least squares
  /// bad for this network, and quantised weights tip the balance.
  @Test func scalesAreChosenByTheWholeNetwork() throws {
    func accuracy(_ options: [String]) throws -> Double {
      let measured = try measured(
        "mnist_same_tf280.h5", "mnist", scale: 255,
        ["--schedule", "pipelined", "--timesteps", "8", "--limit", "1000"] + options)
      return try #require(measured.evaluation.first).accuracy
    }
    #expect(try accuracy([]) > accuracy(["--margin", "1"]) + 5)
  }

  private func measured(
    _ model: String, _ set: String, scale: Double, _ options: [String]
  ) throws -> Measured {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("measured.json")
      try Spikec.succeed(
        [
          "evaluate", SharedFiles.path("models/\(model)"), "--calibrate",
          SharedFiles.path("data/\(set)_calibration.npz"), "--data",
          SharedFiles.path("data/\(set)_test.npz"), "--scale", "\(scale)", "--json", file.path,
        ] + options)
      return try JSONDecoder().decode(Measured.self, from: Data(contentsOf: file))
    }
  }
}
