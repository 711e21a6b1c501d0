import COnnx
import CProtobufC
import SpikeIR

/// The structure of an ONNX file: nodes, names, and where its tensors lie.
struct OnnxModel {
  /// What wrote the file, such as `pytorch 2.1.0`.
  let producer: String
  /// The version of the operators of the default domain.
  let opset: Int
  let nodes: [OnnxNode]
  let initializers: [String: OnnxTensor]
  /// The inputs that are no initializers.
  let inputs: [OnnxInput]
  let outputs: [String]
  let name: String

  private static let irVersions = 3...13
  private static let opsets = 6...25

  /// Reads the file at `path`.
  ///
  /// - Throws: a `Diagnostic` if it is damaged or of a version that is not read.
  init(path: String) throws {
    let file = try FileBytes(path: path)
    let skeleton = try OnnxSkeleton.copy(file)
    guard let message = onnx__model_proto__unpack(nil, skeleton.count, skeleton) else {
      throw Diagnostic("is not valid ONNX: truncated or damaged")
    }
    defer { onnx__model_proto__free_unpacked(message, nil) }
    let model = message.pointee
    producer = [model.producer_name, model.producer_version]
      .map(text).filter { !$0.isEmpty }.joined(separator: " ")
    opset = try OnnxModel.opset(of: model)
    guard let graph = model.graph?.pointee else {
      throw Diagnostic("is an ONNX file without a graph")
    }
    name = text(graph.name)
    guard graph.n_sparse_initializer == 0 else {
      throw Diagnostic(
        "has sparse weights, which are not read", notes: ["save the model with dense weights"])
    }
    let folder = ExternalData(ofModel: path)
    let tensors = try (0..<graph.n_initializer).compactMap { index in
      try graph.initializer[index].map { try OnnxTensor($0.pointee, in: file, folder: folder) }
    }
    let initializers = Dictionary(tensors.map { ($0.name, $0) }) { first, _ in first }
    guard initializers.count == tensors.count else {
      throw Diagnostic("has two weights of one name: damaged")
    }
    self.initializers = initializers
    nodes = try (0..<graph.n_node).compactMap { index in
      try graph.node[index].map { try OnnxNode($0.pointee, in: file, folder: folder) }
    }
    inputs = (0..<graph.n_input).compactMap { graph.input[$0].map { OnnxInput($0.pointee) } }
      .filter { initializers[$0.name] == nil }
    outputs = (0..<graph.n_output).compactMap { graph.output[$0].map { text($0.pointee.name) } }
  }

  private static func opset(of model: Onnx__ModelProto) throws -> Int {
    let saveAgain = ["export the model again with opset_version=17"]
    guard irVersions.contains(Int(model.ir_version)) else {
      throw Diagnostic(
        "has version \(model.ir_version) of the ONNX format; versions \(irVersions.lowerBound) to"
          + " \(irVersions.upperBound) are read", notes: saveAgain)
    }
    let imports = (0..<model.n_opset_import).compactMap { model.opset_import[$0]?.pointee }
    let own = imports.filter { ["", "ai.onnx"].contains(text($0.domain)) }
    guard let version = own.first?.version else {
      throw Diagnostic(
        imports.isEmpty
          ? "does not say which version of ONNX's operators it is made of"
          : "has operators of \(imports.map { "'\(text($0.domain))'" }.joined(separator: ", "))"
            + " only, none of ONNX's own: it is no neural network", notes: saveAgain)
    }
    guard opsets.contains(Int(version)) else {
      throw Diagnostic(
        "is made of version \(version) of ONNX's operators; versions \(opsets.lowerBound) to"
          + " \(opsets.upperBound) are read", notes: saveAgain)
    }
    return Int(version)
  }
}

/// An input as the file declares it.
struct OnnxInput {
  let name: String
  /// The extents, batch included, nil for open ones; nil altogether where the rank is open.
  let shape: [Int?]?
  /// The elements' type; nil if they are no numbers that can be read.
  let element: OnnxElement?

  fileprivate init(_ info: Onnx__ValueInfoProto) {
    name = text(info.name)
    let tensor = info.type?.pointee.tensor_type?.pointee
    element = tensor.flatMap { OnnxElement(rawValue: $0.elem_type) }
    shape = tensor?.shape.map { shape in
      (0..<shape.pointee.n_dim).map { index in
        guard let dim = shape.pointee.dim[index]?.pointee, dim.has_dim_value != 0,
          dim.dim_value > 0
        else { return nil }
        return Int(dim.dim_value)
      }
    }
  }
}

/// A string of a message; empty where it is absent.
func text(_ string: UnsafeMutablePointer<CChar>?) -> String {
  string.map { String(cString: $0) } ?? ""
}
