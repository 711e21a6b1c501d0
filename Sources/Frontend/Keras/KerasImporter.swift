import SpikeIR

/// Reads whole models of Keras 1, 2 and 3: `.h5` files and `.keras` archives.
struct KerasImporter {
  private var context: KerasContext
  private let majorVersion: Int
  private var shapes: InputShapes

  /// Reads the model in an opened file.
  ///
  /// - Throws: a `Diagnostic` about the model, or the reader's error about the file.
  static func load(_ file: KerasFile, options: ImportOptions) throws -> ImportedModel {
    let model = file.model
    guard model.isModel else {
      throw Diagnostic("its model is a '\(model.className)', which is no Sequential or Functional")
    }
    var importer = KerasImporter(
      context: KerasContext(builder: NetworkBuilder(name: model.name), weights: file.weights),
      options: options, majorVersion: file.majorVersion)
    let outputs = try importer.run(model, path: [], inputs: nil)
    let nodes = try outputs.map { try importer.context.builder.plain($0) }
    let graph = try importer.context.builder.finish(outputs: nodes)
    return ImportedModel(
      graph: graph, producer: file.producer, warnings: importer.context.weights.warnings)
  }

  private init(context: KerasContext, options: ImportOptions, majorVersion: Int) {
    self.context = context
    shapes = InputShapes(options)
    self.majorVersion = majorVersion
  }

  /// Builds a model's layers and gives its outputs; without `inputs` it is the outermost one.
  private mutating func run(_ model: LayerEntry, path: [String], inputs: [Value]?) throws
    -> [Value]
  {
    let layers = try model.layers()
    if model.isSequential {
      return [try runSequential(model, layers, path: path, inputs: inputs)]
    }
    return try runFunctional(model, layers, path: path, inputs: inputs)
  }

  private mutating func runSequential(
    _ model: LayerEntry, _ layers: [LayerEntry], path: [String], inputs: [Value]?
  ) throws -> Value {
    var value = inputs?.first
    if value == nil, let first = layers.first {
      value = try input(first, shape: sequentialInputShape(first) ?? model.inputShape, path: path)
    }
    guard var value, inputs?.count ?? 1 == 1 else {
      throw Diagnostic("a Sequential model has one input and at least one layer", layer: model.name)
    }
    for layer in layers where layer.className != "InputLayer" {
      let results = try apply(layer, path: path, arguments: [.value(value)], keywords: [:])
      guard results.count == 1 else {
        throw Diagnostic("a layer inside a Sequential has one output", layer: layer.name)
      }
      value = results[0]
    }
    return value
  }

  /// The input shape of a model's first layer, which may be a model again.
  private func sequentialInputShape(_ first: LayerEntry) throws -> [Int?]? {
    if let shape = first.inputShape { return shape }
    guard first.isModel, let inner = try first.layers().first else { return nil }
    return try sequentialInputShape(inner)
  }

  private mutating func runFunctional(
    _ model: LayerEntry, _ layers: [LayerEntry], path: [String], inputs: [Value]?
  ) throws -> [Value] {
    var wiring = try FunctionalWiring(model, layers)
    guard inputs == nil || inputs?.count == wiring.inputs.count else {
      throw Diagnostic(
        "the model '\(model.name)' takes \(wiring.inputs.count) inputs", layer: model.name)
    }
    for (position, name) in wiring.inputs.enumerated() {
      guard let layer = layers.first(where: { $0.name == name }) else {
        throw Diagnostic("the input layer '\(name)' is not in the model", layer: name)
      }
      wiring.define(
        name, [try inputs?[position] ?? input(layer, shape: layer.inputShape, path: path)])
    }
    while let (layer, call) = wiring.next() {
      let arguments = try call.arguments.map { try wiring.resolve($0) }
      let keywords = try call.keywords.mapValues { try wiring.resolve($0) }
      wiring.define(
        layer.name,
        try apply(layer, path: path, arguments: arguments, keywords: keywords))
    }
    return try wiring.outputs()
  }

  /// Builds one application of a layer or of a nested model.
  private mutating func apply(
    _ entry: LayerEntry, path: [String], arguments: [Argument], keywords: [String: Argument]
  ) throws -> [Value] {
    let path = path + [entry.name]
    let layer = LayerConfig(
      path: path, className: entry.className, config: entry.config, majorVersion: majorVersion)
    let call = LayerCall(layer: layer, arguments: arguments, keywords: keywords).normalized
    if entry.isModel { return try run(entry, path: path, inputs: call.values) }
    let build = try LayerTable.builder(for: layer)
    context.builder.layer = layer.name
    do { return [try build(&context, call)] } catch var diagnostic as Diagnostic {
      if diagnostic.origin.layers.isEmpty { diagnostic.origin = Origin(layer.name) }
      throw diagnostic
    }
  }

  /// Adds the node of an input.
  private mutating func input(_ layer: LayerEntry, shape: [Int?]?, path: [String]) throws -> Value {
    let isInputLayer = layer.className == "InputLayer"
    context.builder.layer = isInputLayer ? (path + [layer.name]).joined(separator: "/") : "input"
    let shape = try shapes.resolve(stored: shape.map { Array($0.dropFirst()) }, layer: layer.name)
    let node = try context.builder.add("", Input(), shape: shape)
    return Value(node: node, layout: .plain(shape.count))
  }
}
