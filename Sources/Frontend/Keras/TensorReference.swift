import SpikeIR

/// Which value a layer is applied to: the output of an application of another layer.
struct TensorReference: Hashable {
  let layer: String
  /// Which application of the layer, counted as the file does.
  let application: Int
  /// Which of its outputs.
  let output: Int

  /// Reads `["conv1", 0, 0]` or `["conv1", 0, 0, {...}]`; nil if it is something else.
  init?(_ stored: JSON) {
    guard let list = stored.array, (3...4).contains(list.count), let layer = list[0].string,
      let application = list[1].integer, let output = list[2].integer, application >= 0,
      output >= 0
    else { return nil }
    self.layer = layer
    self.application = application
    self.output = output
  }

  /// Reads Keras 3's `{"class_name": "__keras_tensor__", "config": {"keras_history": [...]}}`.
  init?(kerasTensor stored: JSON) {
    guard stored["class_name"]?.string == "__keras_tensor__",
      let history = stored["config"]?["keras_history"]
    else { return nil }
    self.init(history)
  }

  /// The references in a model's `input_layers` or `output_layers`: a list, or one alone.
  static func list(_ stored: JSON?) -> [TensorReference] {
    guard let stored else { return [] }
    if let one = TensorReference(stored) { return [one] }
    if let members = stored.object {
      return members.keys.sorted().flatMap { list(members[$0]) }
    }
    return (stored.array ?? []).flatMap { list($0) }
  }
}

/// What one application of a layer is given, before the values are known.
indirect enum StoredArgument {
  case reference(TensorReference)
  case literal(JSON)
  case list([StoredArgument])

  /// The references in it, in order.
  var references: [TensorReference] {
    switch self {
    case .reference(let reference): [reference]
    case .literal: []
    case .list(let elements): elements.flatMap(\.references)
    }
  }

  /// Reads an argument as Keras 3 stores it.
  init(keras3 stored: JSON) {
    if let reference = TensorReference(kerasTensor: stored) {
      self = .reference(reference)
    } else if let list = stored.array {
      self = .list(list.map { StoredArgument(keras3: $0) })
    } else {
      self = .literal(stored)
    }
  }

  /// Reads an argument given by name as Keras 2 stores it: values of the network as references.
  init(keras2 stored: JSON) {
    if let reference = TensorReference(stored) {
      self = .reference(reference)
    } else if let list = stored.array {
      self = .list(list.map { StoredArgument(keras2: $0) })
    } else {
      self = .literal(stored)
    }
  }
}

/// One application of a layer as it is stored.
struct StoredCall {
  var arguments: [StoredArgument] = []
  var keywords: [String: StoredArgument] = [:]

  /// The references that must have values first.
  var references: [TensorReference] {
    arguments.flatMap(\.references) + keywords.values.flatMap(\.references)
  }

  /// Reads one element of `inbound_nodes`.
  ///
  /// Keras 3: `{"args": [...], "kwargs": {...}}`. Before: a list of references, or, for functions,
  /// one reference alone; a reference's fourth element holds what is given by name.
  ///
  /// - Throws: a `Diagnostic` if it is none of these.
  init(_ stored: JSON, layer: String) throws {
    if stored.object != nil {
      arguments = (stored["args"]?.array ?? []).map { StoredArgument(keras3: $0) }
      keywords = (stored["kwargs"]?.object ?? [:]).mapValues { StoredArgument(keras3: $0) }
      return
    }
    guard let list = stored.array else { throw StoredCall.malformed(layer) }
    for element in list.first?.string != nil ? [stored] : list {
      guard let parts = element.array, (3...4).contains(parts.count) else {
        throw StoredCall.malformed(layer)
      }
      if parts[0].string == "_CONSTANT_VALUE" {
        arguments.append(.literal(parts[2]))
      } else if let reference = TensorReference(element) {
        arguments.append(.reference(reference))
      } else {
        throw StoredCall.malformed(layer)
      }
      for (name, value) in parts.dropFirst(3).first?.object ?? [:] {
        keywords[name] = StoredArgument(keras2: value)
      }
    }
  }

  private static func malformed(_ layer: String) -> Diagnostic {
    Diagnostic("its inbound_nodes are not in a form that Keras writes: damaged file", layer: layer)
  }
}
