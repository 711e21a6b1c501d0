import SpikeIR

/// Reads ONNX files.
///
/// The network is built from the nodes that its outputs need, in an order in which every value is
/// known before it is used. Symbolic batches count as one sample. A model that is made for a fixed
/// number of samples keeps it as the first axis of its values, and no node holds that axis.
struct OnnxImporter {
  private let model: OnnxModel
  private var context: OnnxContext
  private var operands: [String: OnnxOperand] = [:]
  private var shapes: InputShapes

  /// Reads the model at `path`.
  ///
  /// - Throws: a `Diagnostic` about the model.
  static func load(path: String, options: ImportOptions) throws -> ImportedModel {
    let model = try OnnxModel(path: path)
    do {
      return try run(model, options, hasBatch: true)
    } catch let diagnostic as Diagnostic {
      // A model of one unbatched sample, whose first axis is no batch.
      let extents = model.inputs.compactMap { $0.shape?.first ?? nil }
      guard extents.contains(where: { $0 > 1 }),
        let imported = try? run(model, options, hasBatch: false)
      else { throw diagnostic }
      return imported
    }
  }

  private static func run(_ model: OnnxModel, _ options: ImportOptions, hasBatch: Bool) throws
    -> ImportedModel
  {
    var importer = OnnxImporter(
      model: model, context: OnnxContext(name: model.name), shapes: InputShapes(options))
    let nodes = try OnnxOrder.sorted(model)
    for input in model.inputs { try importer.define(input, hasBatch: hasBatch) }
    for node in nodes { try importer.build(node) }
    let outputs = try importer.outputs(dropsFirst: hasBatch)
    let graph = try importer.context.builder.finish(outputs: outputs) { $0.mergeBiases() }
    let producer = model.producer.isEmpty ? "" : " of \(model.producer)"
    return ImportedModel(
      graph: graph, producer: "ONNX\(producer) (opset \(model.opset))",
      warnings: importer.context.warnings)
  }

  private init(model: OnnxModel, context: OnnxContext, shapes: InputShapes) {
    self.model = model
    self.context = context
    self.shapes = shapes
  }

  /// Adds the node of an input, in the shape that the model gives it, without the batch.
  private mutating func define(_ input: OnnxInput, hasBatch: Bool) throws {
    context.builder.layer = input.name
    guard let element = input.element else {
      throw Diagnostic(
        "is an input that holds no numbers: only networks on numbers are read", layer: input.name)
    }
    let isBatched = hasBatch && (input.shape?.count ?? 2) > 1
    let stored = isBatched ? input.shape.map { Array($0.dropFirst()) } : input.shape
    let shape = try shapes.resolve(stored: stored, layer: input.name)
    let values: Input.Values = element == .uint8 ? .byte : .real
    let node = try context.builder.add("", Input(values), shape: shape)
    let axes = shape.map { OnnxAxis(context.arrangements.atoms($0)) }
    let batch = isBatched ? [OnnxAxis(batch: input.shape?.first.flatMap { $0 } ?? 1)] : []
    var value = OnnxValue(node: node, axes: batch + axes, order: axes.flatMap(\.atoms))
    value.isInteger = element.isInteger
    operands[input.name] = .value(value)
  }

  private mutating func build(_ node: OnnxNode) throws {
    let inputs = try node.inputs.map { name in name.isEmpty ? nil : try operand(name, node) }
    let call = OnnxCall(node: node, operands: inputs, opset: model.opset)
    context.builder.layer = node.name
    do {
      let results = try OperatorTable.build(call, &context)
      for (name, result) in zip(node.outputs, results) where !name.isEmpty {
        operands[name] = result
      }
    } catch var diagnostic as Diagnostic {
      if diagnostic.origin.layers.isEmpty { diagnostic.origin = Origin(node.name) }
      throw diagnostic
    }
  }

  private func operand(_ name: String, _ node: OnnxNode) throws -> OnnxOperand {
    if let known = operands[name] { return known }
    if let tensor = model.initializers[name] { return .constant(OnnxConstant(tensor)) }
    throw Diagnostic(
      "\(node.op) takes the value '\(name)', which its operator gives in training only or which is"
        + " not read", layer: node.name, notes: ["export the model for inference: model.eval()"])
  }

  private mutating func outputs(dropsFirst: Bool) throws -> [NodeID] {
    guard !model.outputs.isEmpty else { throw Diagnostic("the model has no outputs") }
    return try model.outputs.map { name in
      guard let operand = operands[name] else {
        throw Diagnostic(
          "the output '\(name)' is one that its operator gives beside the first, which is not read",
          layer: name, notes: ["remove the output and export again"])
      }
      guard case .value(let value) = operand else {
        throw Diagnostic(
          "the output '\(name)' does not depend on the input", layer: name,
          notes: ["remove the output and export again"])
      }
      guard value.quantization == nil else {
        throw Diagnostic(
          "the output '\(name)' is quantised", layer: name,
          notes: ["put a DequantizeLinear behind it"])
      }
      guard value.batchAxis ?? 0 == 0 else {
        throw Diagnostic(
          "the output '\(name)' of shape \(value.shape) has its samples along axis"
            + " \(value.batchAxis ?? 0)", layer: name,
          notes: ["export the model for a batch of one"])
      }
      context.builder.layer = name
      return try context.plain(value, dropsFirst: dropsFirst)
    }
  }
}
