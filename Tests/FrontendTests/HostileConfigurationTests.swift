import Foundation
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// Configurations that no Keras writes give a diagnostic, or a graph; never a trap.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct HostileConfigurationTests {
  static let models = [
    "tinycnn_keras112_cfgonly.h5", "sepconv_keras213.h5", "mtcnn_pnet_prelu_keras220.h5",
    "mnist_resnet_tfoplambda_tf2100.h5",
  ]

  /// Replaces one value of the configuration after the other, in copies that are otherwise whole.
  @Test(arguments: models)
  func hostileConfigurationsNeverTrap(_ model: String) throws {
    var file = try ModelFile(reading: SharedFiles.path("models/\(model)"))
    let config = try JSONSerialization.jsonObject(with: Data(file.config.utf8))
    var random = SeededGenerator(state: UInt64(file.config.utf8.count))
    try withTemporaryFolder { folder in
      let hostile = folder.appendingPathComponent("hostile.h5")
      for _ in 0..<60 {
        let mutated = ConfigurationMutation.mutate(config, &random)
        let data = try JSONSerialization.data(withJSONObject: mutated)
        file.config = String(decoding: data, as: UTF8.self)
        try file.write(to: hostile)
        _ = ReferenceComparison.refusal(hostile.path, ImportOptions(inputShape: [32, 32, 3]))
        _ = ReferenceComparison.refusal(hostile.path)
      }
    }
  }
}

/// Changes of one value in a JSON document.
enum ConfigurationMutation {
  private static func replacement(_ random: inout SeededGenerator) -> Any {
    let choices: [Any] = [
      NSNull(), 0, -1, 1, 2, 3, 65_536, 1 << 31, Int.max, Int.min, 1e300, -0.5, "same", "relu",
      "channels_first", "th", "conv1", true, [Any](), [String: Any](), [1, 2], [0, 0], [-1, -1],
      [1 << 20, 1 << 20], [NSNull(), 1 << 31, 1 << 31, 1 << 31], [[1, 2], [3, 4]],
      [[["conv1", 0, 0, [String: Any]()] as [Any]]], ["class_name": "ReLU"], "Concatenate", "Add",
      "Flatten", "Reshape", "PReLU", "Sequential", "Functional", "Dense", "BatchNormalization",
    ]
    return choices.randomElement(using: &random) ?? NSNull()
  }

  /// The document with one value, chosen at random, replaced or removed.
  static func mutate(_ value: Any, _ random: inout SeededGenerator) -> Any {
    if let object = value as? [String: Any],
      let key = object.keys.sorted().randomElement(using: &random)
    {
      var result = object
      switch Int.random(in: 0..<12, using: &random) {
      case 0: result[key] = nil
      case 1: result[key] = replacement(&random)
      default: result[key] = object[key].map { mutate($0, &random) }
      }
      return result
    }
    if let list = value as? [Any], let index = list.indices.randomElement(using: &random) {
      var result = list
      switch Int.random(in: 0..<12, using: &random) {
      case 0: result.remove(at: index)
      case 1: result.append(list[index])
      default: result[index] = mutate(list[index], &random)
      }
      return result
    }
    return replacement(&random)
  }
}
