import SpikeIR

/// The connections of a functional model, followed in an order in which every value is known
/// before it is used.
struct FunctionalWiring {
  /// The names of the model's input layers, in its order.
  let inputs: [String]
  private let outputReferences: [TensorReference]
  private let model: String
  /// All applications that are not built yet, in the order of the file.
  private var pending: [(layer: LayerEntry, number: Int, call: StoredCall)] = []
  /// The values of each layer: one list per application, in order.
  private var values: [String: [[Value]]] = [:]
  /// What the file adds to the number of an application: the nested models of Keras 2 count from 1.
  private var offsets: [String: Int] = [:]

  init(_ model: LayerEntry, _ layers: [LayerEntry]) throws {
    self.model = model.name
    let listed = TensorReference.list(model.config?["input_layers"]).map(\.layer)
    inputs =
      listed.isEmpty ? layers.filter { $0.className == "InputLayer" }.map(\.name) : listed
    outputReferences = TensorReference.list(model.config?["output_layers"])
    guard !outputReferences.isEmpty, !inputs.isEmpty else {
      throw Diagnostic("the model '\(model.name)' names no inputs or no outputs", layer: model.name)
    }
    guard Set(inputs).count == inputs.count else {
      throw Diagnostic("the model '\(model.name)' names an input twice", layer: model.name)
    }
    for layer in layers where !inputs.contains(layer.name) {
      for (number, application) in layer.applications.enumerated() {
        pending.append((layer, number, try StoredCall(application, layer: layer.name)))
      }
    }
    findOffsets(layers)
  }

  private mutating func findOffsets(_ layers: [LayerEntry]) {
    var largest: [String: Int] = [:]
    for reference in pending.flatMap(\.call.references) + outputReferences {
      largest[reference.layer] = max(largest[reference.layer] ?? 0, reference.application)
    }
    for layer in layers {
      let last = max(0, layer.applications.count - 1)
      offsets[layer.name] = max(0, (largest[layer.name] ?? 0) - last)
    }
  }

  /// Notes the values of the next application of a layer.
  mutating func define(_ layer: String, _ results: [Value]) {
    values[layer, default: []].append(results)
  }

  /// Takes the next application all of whose values are known; nil when there is none.
  mutating func next() -> (layer: LayerEntry, call: StoredCall)? {
    let ready = pending.firstIndex { item in
      values[item.layer.name]?.count ?? 0 == item.number
        && item.call.references.allSatisfy { value($0) != nil }
    }
    return ready.map {
      let item = pending.remove(at: $0)
      return (item.layer, item.call)
    }
  }

  private func value(_ reference: TensorReference) -> Value? {
    let number = reference.application - (offsets[reference.layer] ?? 0)
    guard let applications = values[reference.layer], applications.indices.contains(number),
      applications[number].indices.contains(reference.output)
    else { return nil }
    return applications[number][reference.output]
  }

  /// The argument with its values in place of references.
  ///
  /// - Throws: a `Diagnostic` if a value is not known.
  func resolve(_ argument: StoredArgument) throws -> Argument {
    switch argument {
    case .literal(let json): return .literal(json)
    case .list(let elements): return .list(try elements.map { try resolve($0) })
    case .reference(let reference): return .value(try known(reference))
    }
  }

  /// The values that the model gives.
  ///
  /// - Throws: a `Diagnostic` if one depends on what is missing or on itself.
  func outputs() throws -> [Value] { try outputReferences.map { try known($0) } }

  private func known(_ reference: TensorReference) throws -> Value {
    if let value = value(reference) { return value }
    let stuck = pending.first { $0.layer.name == reference.layer } ?? pending.first
    let missing = stuck?.call.references.first { value($0) == nil }?.layer ?? reference.layer
    throw Diagnostic(
      "its value depends on '\(missing)', which is missing or depends on it in turn",
      layer: stuck?.layer.name ?? reference.layer)
  }
}
