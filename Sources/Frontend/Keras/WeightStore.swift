import HDF5
import SpikeIR

/// What a weight is to its layer: its name in Keras 2 and 3, and the names it had before.
struct WeightRole: Sendable {
  let names: [String]

  init(_ names: String...) { self.names = names }

  static let kernel = WeightRole("kernel", "W")
  static let bias = WeightRole("bias", "b")
  static let depthwise = WeightRole("depthwise_kernel", "kernel")
  static let pointwise = WeightRole("pointwise_kernel")
  static let gamma = WeightRole("gamma")
  static let beta = WeightRole("beta")
  static let mean = WeightRole("moving_mean", "running_mean", "mean")
  /// Keras 1 called the variance a standard deviation, and stored the variance.
  static let variance = WeightRole("moving_variance", "running_std", "variance")
  static let slopes = WeightRole("alpha", "alphas")
  static let count = WeightRole("count")
}

/// Where layers find their weights.
protocol WeightSource {
  /// Whether convolutions stored here flip their kernels, as Theano defines a convolution.
  var flipsKernels: Bool { get }
  /// What was assumed about the file.
  var warnings: [Diagnostic] { get }
  /// The weights of a layer, one per role; `layer` is the names of the models around it and its own.
  ///
  /// - Throws: a `Diagnostic` if one is missing, or if the layer stores what would be ignored.
  mutating func read(_ roles: [WeightRole], ofLayer layer: [String]) throws -> [StoredWeight]
}

/// The weights of a `.h5` file, found by layer and role.
///
/// `model_weights/<layer>` names its datasets in the attribute `weight_names`. A nested model's
/// weights all stand under the outermost model's name, in the order trainable, then not.
struct WeightStore: WeightSource {
  /// One dataset of a layer, and whether a layer has taken it.
  private struct Entry {
    let path: [String]
    let dataset: String
    var isTaken = false

    /// The name without the layers before it and the number that TensorFlow puts behind it.
    var name: String { String((path.last ?? "").prefix { $0 != ":" }) }

    /// Whether the name is one of the role's, or (Keras 1) ends with one after the layer's name.
    func matches(_ role: WeightRole) -> Bool {
      role.names.contains(name) || role.names.contains { name.hasSuffix("_\($0)") }
    }

    /// Whether the name says that the weight is this layer's.
    func belongs(to layer: String) -> Bool {
      path.dropLast().last == layer || (path.count == 1 && name.hasPrefix("\(layer)_"))
    }
  }

  private(set) var flipsKernels: Bool
  private(set) var warnings: [Diagnostic] = []
  private let root: HDF5Group
  private let layers: Set<String>
  private var entries: [String: [Entry]] = [:]
  /// What was found for the layers of nested models, which may be applied more than once.
  private var indicesByPath: [[String]: [Int]] = [:]
  private var totalCount = 0

  init(_ root: HDF5Group, backend: String?, isKeras1: Bool) throws {
    self.root = root
    layers = Set(try root.children())
    flipsKernels = backend == "theano"
    if backend == nil, isKeras1, try hasTheanoNames() {
      flipsKernels = true
      warnings.append(
        Diagnostic(
          "the names of the weights are those of Theano: kernels are rotated by 180 degrees"))
    }
  }

  mutating func read(_ roles: [WeightRole], ofLayer layer: [String]) throws -> [StoredWeight] {
    let path = layers.contains(layer[0]) ? layer : layer.suffix(1)
    let group = path.first ?? ""
    try loadEntries(group)
    let all = entries[group] ?? []
    let own = path.count == 1 ? Array(all.indices) : indices(of: path, in: all)
    for index in own where ["kernel_scale", "lora_kernel_a"].contains(all[index].name) {
      throw Diagnostic(
        "is stored quantised or with LoRA factors (\(all[index].name))",
        notes: ["save the model before it is quantised, or after the factors are merged"])
    }
    var chosen = roles.map { role in
      own.first { role.names.contains(all[$0].name) } ?? own.first { all[$0].matches(role) }
    }
    if chosen.contains(nil), path.count == 1, own.count == roles.count,
      !own.contains(where: { index in roles.contains { all[index].matches($0) } })
    {
      chosen = own  // The oldest files call them param_0, param_1, ...
    }
    return try zip(roles, chosen).map { role, index in
      guard let index else { throw missing(role, group, all.isEmpty) }
      return try take(index, of: group)
    }
  }

  /// The entries of a layer inside a nested model: those that bear its name, else those that no
  /// layer has taken, since within a role they are stored in the order of the layers.
  private mutating func indices(of path: [String], in all: [Entry]) -> [Int] {
    if let known = indicesByPath[path] { return known }
    let layer = path[path.count - 1]
    let free = all.indices.filter { !all[$0].isTaken }
    var own = free.filter { all[$0].belongs(to: layer) }
    if own.isEmpty, !free.isEmpty {
      own = free
      warnings.append(
        Diagnostic(
          "no weight bears the layer's name: taken in the order of the file",
          layer: path.joined(separator: "/")))
    }
    indicesByPath[path] = own
    return own
  }

  private mutating func take(_ index: Int, of group: String) throws -> StoredWeight {
    guard let entry = entries[group]?[index] else { throw Diagnostic("its weights are missing") }
    entries[group]?[index].isTaken = true
    let dataset = try root.group(group).dataset(entry.dataset)
    return try StoredWeight(reading: dataset, name: entry.dataset, totalCount: &totalCount)
  }

  private func missing(_ role: WeightRole, _ group: String, _ isEmpty: Bool) -> Diagnostic {
    if !layers.contains(group) {
      return Diagnostic(
        "has no weights in the file: there is no model_weights/\(group)",
        notes: ["save the whole model: model.save(\"model.h5\")"])
    }
    return Diagnostic(
      "has no weight '\(role.names[0])' in the file" + (isEmpty ? ", nor any other" : ""),
      notes: ["save the whole model: model.save(\"model.h5\")"])
  }

  private mutating func loadEntries(_ group: String) throws {
    guard entries[group] == nil else { return }
    guard layers.contains(group) else {
      entries[group] = []
      return
    }
    entries[group] = try weightNames(of: group).map {
      Entry(path: $0.split(separator: "/").map(String.init), dataset: $0)
    }
  }

  /// The attribute `weight_names`, which is split into numbered ones where it is long.
  private func weightNames(of group: String) throws -> [String] {
    let attributes = try root.group(group).attributes
    if attributes.exists("weight_names") { return try attributes.strings("weight_names") }
    var names: [String] = []
    var part = 0
    while attributes.exists("weight_names\(part)") {
      names += try attributes.strings("weight_names\(part)")
      part += 1
    }
    return names
  }

  /// TensorFlow numbers its variables (`conv_W:0`), Theano does not.
  private func hasTheanoNames() throws -> Bool {
    for layer in layers.sorted() {
      if let name = try weightNames(of: layer).first { return !name.contains(":") }
    }
    return false
  }
}
