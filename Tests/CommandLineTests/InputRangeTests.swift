import Foundation
import TestSupport
import Testing

/// Inputs that are not of the size of training's give a warning; others do not.
@Suite struct InputRangeTests {
  private static func warnings(_ model: String, _ data: String, scale: Int) throws -> String {
    // The first pass is enough: the inputs are looked at before it.
    try Spikec.succeed([
      "compile", model, "--calibrate", data, "--scale", "\(scale)", "--stop-after",
      "canonicalize", "--time-passes",
    ]).errors
  }

  @Test func digitsWithoutTheirScaleGiveAWarning() throws {
    let wrong = try InputRangeTests.warnings(Digits.model, Digits.train, scale: 1)
    #expect(wrong.contains("warning: layer 'bn1': the calibration inputs, up to 16.0, look too"))
    #expect(wrong.contains("give --scale 16"))
    let right = try InputRangeTests.warnings(Digits.model, Digits.train, scale: 16)
    #expect(!right.contains("warning"))
  }

  /// A model with the data and the scale that it was trained on.
  struct Trained: CustomTestStringConvertible, Sendable {
    var model: String
    var data: String
    var scale: Int
    var testDescription: String { model }
  }

  /// All models of known accuracy, as their index says.
  static let trained: [Trained] = {
    let url = SharedFiles.folder.appendingPathComponent("models/index.json")
    let index = (try? JSONSerialization.jsonObject(with: Data(contentsOf: url))) as? [[String: Any]]
    return (index ?? []).compactMap { entry in
      guard let model = entry["name"] as? String, model.hasSuffix(".h5"),
        let accuracy = entry["accuracy"] as? [String: Any],
        let scale = (accuracy["input"] as? [String: Any])?["scale"] as? Int,
        let data = (accuracy["dataset"] as? String)?.split(separator: "_").first
      else { return nil }
      return Trained(model: model, data: "data/\(data)_calibration.npz", scale: scale)
    }
  }()

  @Test(
    .enabled(if: SharedFiles.areThere, SharedFiles.reason), arguments: trained)
  func trainedModelsKnowTheirInputs(_ trained: Trained) throws {
    func warnings(_ scale: Int) throws -> String {
      try InputRangeTests.warnings(
        SharedFiles.path("models/\(trained.model)"), SharedFiles.path(trained.data), scale: scale)
    }
    #expect(!(try warnings(trained.scale)).contains("warning"))
    // Saturated sigmoids give the same whatever they are fed.
    if trained.model.contains("sigmoid") { return }
    let other = trained.scale == 1 ? 255 : 1
    let expected = other == 1 ? "look too large" : "look too small"
    #expect(try warnings(other).contains(expected))
  }
}
