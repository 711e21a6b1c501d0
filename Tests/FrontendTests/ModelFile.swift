import Foundation
import HDF5

/// A whole-model file put together by a test: a configuration and some weights.
struct ModelFile {
  /// The configuration, as it will be stored.
  var config: String
  /// What `keras_version` says.
  var version: String? = "2.4.0"
  /// What `backend` says.
  var backend: String? = "tensorflow"
  /// The weights of each layer, in the order of `weight_names`.
  var weights: [String: [Weight]] = [:]

  /// One weight of a layer.
  struct Weight {
    var name: String
    var shape: [Int]
    var values: [Float]

    init(_ name: String, _ shape: [Int], _ values: [Float]? = nil) {
      self.name = name
      self.shape = shape
      self.values = values ?? (0..<shape.reduce(1, *)).map { Float($0 % 7) - 3 }
    }
  }

  /// A Sequential model of the given layers on a given input.
  static func sequential(input: String, _ layers: [String], _ weights: [String: [Weight]] = [:])
    -> ModelFile
  {
    let list =
      [
        #"{"class_name":"InputLayer","config":{"name":"in","batch_input_shape":[null,"#
          + input + "]}}"
      ] + layers
    return ModelFile(
      config: #"{"class_name":"Sequential","config":{"name":"net","layers":["#
        + list.joined(separator: ",") + "]}}", weights: weights)
  }

  /// Reads the parts of a file that Keras wrote, whose layers are not nested.
  init(reading path: String) throws {
    let root = try HDF5File.open(path).root
    config = try root.attributes.string("model_config")
    version = try? root.attributes.string("keras_version")
    backend = try? root.attributes.string("backend")
    let group = try root.group("model_weights")
    for layer in try group.children() {
      let names = (try? group.group(layer).attributes.strings("weight_names")) ?? []
      weights[layer] = try names.map { name in
        let dataset = try group.dataset("\(layer)/\(name)")
        return Weight(name, dataset.shape, try dataset.read())
      }
    }
  }

  init(
    config: String, version: String? = "2.4.0", backend: String? = "tensorflow",
    weights: [String: [Weight]] = [:]
  ) {
    (self.config, self.version, self.backend, self.weights) = (config, version, backend, weights)
  }

  /// Writes the file.
  func write(to url: URL) throws {
    let file = try HDF5File.create(url.path)
    try file.root.attributes.set("model_config", to: config)
    if let version { try file.root.attributes.set("keras_version", to: version) }
    if let backend { try file.root.attributes.set("backend", to: backend) }
    let group = try file.root.createGroup("model_weights")
    for (layer, list) in weights {
      let own = try group.createGroup(layer)
      try own.attributes.set("weight_names", to: list.map(\.name))
      for weight in list { try own.write(weight.name, weight.values, shape: weight.shape) }
    }
    try file.flush()
  }
}
