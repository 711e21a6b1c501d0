import HDF5
import SpikeIR

/// The weights of a `.keras` archive, found by a layer's class and place among its kind.
///
/// Keras 2.14 and later: `layers/conv2d_1/vars/0` is the first weight of the second Conv2D, whatever
/// its name. Before, `_layer_checkpoint_dependencies` held every layer with weights twice, so that
/// their numbers count by 2. A nested model holds such a group of its own. On Windows a backslash
/// stood in the names of the groups.
struct ArchiveWeights: WeightSource {
  let flipsKernels = false
  let warnings: [Diagnostic] = []
  private let root: HDF5Group
  private let container: String
  /// The group of each layer, by the names of the models around it and its own.
  private var places: [[String]: [String]] = [:]
  private var totalCount = 0

  private static let oldContainer = "_layer_checkpoint_dependencies"

  /// Finds the groups of a model's layers.
  ///
  /// - Throws: a `Diagnostic` if the model's configuration is damaged.
  init(_ file: HDF5File, of model: LayerEntry) throws {
    root = file.root
    let isOld = try root.children().contains { $0.hasPrefix(ArchiveWeights.oldContainer) }
    container = isOld ? ArchiveWeights.oldContainer : "layers"
    if model.isModel { try register(model, names: [], place: []) }
  }

  private mutating func register(_ model: LayerEntry, names: [String], place: [String]) throws {
    var counts: [String: Int] = [:]
    for layer in try model.layers() {
      let base = ArchiveWeights.snakeCase(layer.className)
      let number = counts[base] ?? 0
      let own = place + [container, number == 0 ? base : "\(base)_\(number)"]
      places[names + [layer.name]] = own
      let isTwice =
        container == ArchiveWeights.oldContainer
        && (layer.isModel || group(own).map { root.exists("\($0)/vars/0") } ?? false)
      counts[base] = number + (isTwice ? 2 : 1)
      if layer.isModel { try register(layer, names: names + [layer.name], place: own) }
    }
  }

  /// The path of the group at a place; nil if there is none.
  private func group(_ place: [String]) -> String? {
    ["/", "\\"].map { place.joined(separator: $0) }.first { root.exists($0) }
  }

  mutating func read(_ roles: [WeightRole], ofLayer layer: [String]) throws -> [StoredWeight] {
    guard let place = places[layer], let group = group(place), root.exists("\(group)/vars") else {
      throw Diagnostic(
        "has no weights in the archive: there is no \(places[layer]?.joined(separator: "/") ?? "")",
        notes: ["save the whole model: model.save(\"model.keras\")"])
    }
    let vars = try root.group("\(group)/vars")
    let stored = try vars.children().compactMap { Int($0) }.sorted()
    // Normalization also counts the samples that it has seen.
    let mayHaveMore = roles.count == 2 && roles[0].names.contains("mean")
    guard stored.count == roles.count || (mayHaveMore && stored.count == 3) else {
      throw Diagnostic(
        "has \(stored.count) weights in the archive (\(group)) where its configuration asks for"
          + " \(roles.count)", notes: ["save the model before it is quantised or changed by LoRA"])
    }
    return try zip(roles, stored).map { role, number in
      let dataset = try vars.dataset("\(number)")
      let name = "\(group)/vars/\(number) (\(role.names[0]))"
      return try StoredWeight(reading: dataset, name: name, totalCount: &totalCount)
    }
  }

  /// A class's name as Keras names groups: `MaxPooling2D` becomes `max_pooling2d`.
  static func snakeCase(_ className: String) -> String {
    let characters = Array(className.filter { $0.isLetter || $0.isNumber || $0 == "_" })
    var result = ""
    for (index, character) in characters.enumerated() {
      let startsWord =
        character.isUppercase && index > 0
        && (characters[index - 1].isLowercase
          || (index + 1 < characters.count && characters[index + 1].isLowercase))
      if startsWord { result += "_" }
      result += character.lowercased()
    }
    return result
  }
}
