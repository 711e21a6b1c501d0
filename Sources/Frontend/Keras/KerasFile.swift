import HDF5
import SpikeIR

/// The parts of a whole-model file: configuration, weights, and what saved them.
struct KerasFile {
  /// The model: its class and its configuration.
  let model: LayerEntry
  /// The weights of each layer.
  let weights: any WeightSource
  /// What saved the file.
  let producer: String
  /// Keras 1, 2 or 3.
  let majorVersion: Int

  /// Opens a `.keras` archive. Throws a `Diagnostic` if it holds no whole model, an `HDF5Error` if
  /// its weights are corrupt.
  init(archive path: String) throws {
    let archive = try KerasArchive(path: path)
    let config = try JSON.parse(try archive.text("config.json"), what: "its config.json")
    let metadata = try JSON.parse(try archive.text("metadata.json"), what: "its metadata.json")
    let version = metadata["keras_version"]?.string
    majorVersion = version.flatMap { Int($0.prefix { $0 != "." }) } ?? 3
    producer = "Keras" + (version.map { " \($0)" } ?? "")
    model = try LayerEntry(config, number: 1)
    weights = try ArchiveWeights(try archive.weights(), of: model)
  }

  /// Reads an `.h5` file. Throws a `Diagnostic` if it holds no whole model, an `HDF5Error` if corrupt.
  init(_ file: HDF5File) throws {
    let root = file.root
    let config = try JSON.parse(try KerasFile.configuration(of: root), what: "its model_config")
    model = try LayerEntry(config, number: 1)
    guard root.exists("model_weights") else {
      throw Diagnostic(
        "holds a model's configuration but no weights",
        notes: ["save the whole model: model.save(\"model.h5\")"])
    }
    let group = try root.group("model_weights")
    func attribute(_ name: String) throws -> String? {
      for place in [root, group] where place.attributes.exists(name) {
        return try place.attributes.string(name)
      }
      return nil
    }
    let version = try attribute("keras_version")
    let backend = try attribute("backend")
    majorVersion = version.flatMap { Int($0.prefix { $0 != "." }) } ?? 1
    producer =
      "Keras" + (version.map { " \($0)" } ?? " 1") + (backend.map { " (\($0))" } ?? "")
    weights = try WeightStore(group, backend: backend, isKeras1: majorVersion < 2)
  }

  private static func configuration(of root: HDF5Group) throws -> String {
    if root.attributes.exists("model_config") {
      return try root.attributes.string("model_config")
    }
    let children = try root.children()
    let saveModel = [
      "it was written by save_weights; save the whole model: model.save(\"model.h5\")"
    ]
    if root.attributes.exists("layer_names") || children.contains("layers")
      || children.contains("_layer_checkpoint_dependencies")
    {
      throw Diagnostic("holds weights only, not the model they belong to", notes: saveModel)
    }
    throw Diagnostic(
      "is an HDF5 file without a Keras model: it has no attribute model_config",
      notes: ["save the whole model: model.save(\"model.h5\")"])
  }
}
