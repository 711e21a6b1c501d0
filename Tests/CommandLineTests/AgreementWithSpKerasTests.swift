import Foundation
import TestSupport
import Testing

/// Run as the ECC paper runs it, a network gives the accuracy and the spikes that SpKeras itself
/// was measured to give for it.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct AgreementWithSpKerasTests {
  /// What SpKeras gives, on tf_keras, for the first 1,000 images.
  private struct Reference: Decodable {
    struct Run: Decodable {
      let timesteps: Int
      let thresholding: Double
      let accuracy: Double
      let spikesPerImagePerLayer: [Double]
    }
    let images: Int
    let cnnAccuracy: Double
    let runs: [Run]
  }

  private struct Measured: Decodable {
    struct Point: Decodable {
      let timesteps: Int
      let accuracy: Double
    }
    struct Population: Decodable {
      let timesteps: Int
      let kind: String
      let spikes: Double
    }
    let cnnAccuracy: Double
    let evaluation: [Point]
    let populations: [Population]
  }

  @Test(arguments: [0, 0.5])
  func givesTheSameAccuracyAndSpikes(_ tau: Double) throws {
    let reference: Reference = try decoded(
      URL(fileURLWithPath: SharedFiles.path("reference/spkeras_vgg_mini_cifar10.json")))
    let runs = reference.runs.filter { $0.thresholding == tau }
    let measured = try evaluated(tau, runs.map(\.timesteps), reference.images)
    #expect(abs(measured.cnnAccuracy - reference.cnnAccuracy) <= 0.1)
    try #require(runs.count == 5 && measured.evaluation.count == runs.count)
    for (run, point) in zip(runs, measured.evaluation) {
      #expect(abs(point.accuracy - run.accuracy) <= 0.1 + 1e-9, "T=\(run.timesteps)")
      let spikes = measured.populations
        .filter { $0.timesteps == run.timesteps && $0.kind == "population" }.map(\.spikes)
      try #require(spikes.count == run.spikesPerImagePerLayer.count)
      // The last layer's counts are what is compared; its spikes are not part of the claim.
      for (layer, pair) in zip(spikes, run.spikesPerImagePerLayer).dropLast().enumerated() {
        // SpKeras prints whole spikes, cut off: the least it can be told apart by is one.
        let tolerance = max(0.005 * pair.1, 1)
        #expect(abs(pair.0 - pair.1) <= tolerance, "T=\(run.timesteps), layer \(layer): \(pair)")
      }
    }
  }

  private func evaluated(_ tau: Double, _ timesteps: [Int], _ images: Int) throws -> Measured {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("measured.json")
      try Spikec.succeed([
        "evaluate", SharedFiles.path("models/vgg_mini_cifar10.h5"), "--calibrate",
        SharedFiles.path("data/cifar10_calibration.npz"), "--data",
        SharedFiles.path("data/cifar10_test.npz"), "--scale", "255", "--limit", "\(images)",
        "--precision", "float", "--normalize", "max", "--per-layer", "--spiking-pool", "--input",
        "rate", "--readout", "spikes", "--schedule", "layerwise", "--threshold-residuals",
        "\(tau)", "--timesteps", timesteps.map(String.init).joined(separator: ","),
        "--populations", "--json", file.path,
      ])
      return try decoded(file)
    }
  }

  private func decoded<Value: Decodable>(_ file: URL) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Value.self, from: Data(contentsOf: file))
  }
}
