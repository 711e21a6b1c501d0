import SpikeIR

/// A layer as it stands in the list of a model: class, configuration, connections.
struct LayerEntry {
  let className: String
  /// The name in its model.
  let name: String
  /// What the class is configured with; for a model, its layers.
  let config: JSON?
  /// How the layer is applied, once per application.
  let applications: [JSON]
  /// The entry as stored.
  private let stored: JSON

  /// Reads an entry. Throws a `Diagnostic` if it is none, or of a class of the model's own code.
  init(_ stored: JSON, number: Int) throws {
    let config = stored["config"]
    let name = stored["name"]?.string ?? config?["name"]?.string
    guard let className = stored["class_name"]?.string else {
      throw Diagnostic("layer \(name ?? "number \(number)") has no class_name: damaged file")
    }
    self.stored = stored
    self.className = className.split(separator: ">").last.map(String.init) ?? className
    self.name = name ?? "\(className.lowercased())_\(number)"
    self.config = config
    applications = stored["inbound_nodes"]?.array ?? []
    try refuseCustom(className)
  }

  private func refuseCustom(_ className: String) throws {
    let own = ["keras", "keras_core", "tensorflow", "tf_keras", "builtins"]
    var package: String?
    if let module = stored["module"]?.string,
      !own.contains(String(module.prefix { $0 != "." }))
    {
      package = module
    }
    let registered = stored["registered_name"]?.string ?? className
    if registered.contains(">") { package = String(registered.prefix { $0 != ">" }) }
    if let package { throw RefusedLayers.custom(self.className, layer: name, package: package) }
  }

  /// Whether the layer is a model, with layers of its own.
  var isModel: Bool {
    ["Sequential", "Functional", "Model", "Graph"].contains(className)
  }

  /// Whether a model's layers follow each other, without connections of their own.
  var isSequential: Bool { className == "Sequential" }

  /// The layers of a model: a bare list in Keras 1 and early 2, `layers` since.
  func layers() throws -> [LayerEntry] {
    guard let list = config?.array ?? config?["layers"]?.array else {
      throw Diagnostic("the model '\(name)' has no list of layers", layer: name)
    }
    guard list.count <= 10_000 else {
      throw Diagnostic("the model '\(name)' has more than 10000 layers", layer: name)
    }
    let entries = try list.enumerated().map { try LayerEntry($1, number: $0 + 1) }
    var seen: Set<String> = []
    for entry in entries where !seen.insert(entry.name).inserted {
      throw Diagnostic("the model '\(name)' has two layers of this name", layer: entry.name)
    }
    return entries
  }

  /// The shape that the entry itself says its input has, batch included; nil for open extents.
  var inputShape: [Int?]? {
    let shape =
      config?["batch_input_shape"] ?? config?["batch_shape"] ?? config?["build_input_shape"]
      ?? stored["build_config"]?["input_shape"] ?? (isModel ? stored["build_input_shape"] : nil)
    if let list = shape?.array, !list.contains(where: { $0.array != nil }) {
      return list.map(\.integer)
    }
    // Keras 1 knew the inputs of a layer of vectors, and the length and inputs of a sequence's.
    guard let inputs = config?["input_dim"]?.integer else { return nil }
    guard let length = config?["input_length"]?.integer else { return [nil, inputs] }
    return [nil, length, inputs]
  }
}
