import COnnx
import CProtobufC
import SpikeIR

/// One node of an ONNX graph.
struct OnnxNode {
  /// The operator, such as `Conv`.
  let op: String
  /// The domain that the operator is of; empty for ONNX's own.
  let domain: String
  /// The names of the values it takes; empty for an optional one that is left out.
  let inputs: [String]
  /// The names of the values it gives; empty for an optional one that is left out.
  let outputs: [String]
  let attributes: [String: OnnxAttribute]
  private let ownName: String

  /// The name that diagnostics and the graph use: its own, or one made of operator and output.
  var name: String {
    if !ownName.isEmpty { return ownName }
    return outputs.first.map { "\(op)_\($0)" } ?? op
  }

  /// Reads a node. Throws a `Diagnostic` about a tensor in its attributes.
  init(_ node: Onnx__NodeProto, in file: FileBytes, folder: ExternalData) throws {
    op = text(node.op_type)
    domain = text(node.domain) == "ai.onnx" ? "" : text(node.domain)
    ownName = text(node.name)
    inputs = (0..<node.n_input).map { text(node.input[$0]) }
    outputs = (0..<node.n_output).map { text(node.output[$0]) }
    var attributes: [String: OnnxAttribute] = [:]
    for index in 0..<node.n_attribute {
      guard let attribute = node.attribute[index]?.pointee else { continue }
      attributes[text(attribute.name)] = try OnnxAttribute(attribute, in: file, folder: folder)
    }
    self.attributes = attributes
  }
}

/// The value of an attribute.
enum OnnxAttribute {
  case float(Float)
  case integer(Int)
  case text(String)
  case floats([Float])
  case integers([Int])
  case tensor(OnnxTensor)
  /// A graph, a list of texts, or another thing that only operators take which are not read.
  case other

  fileprivate init(_ attribute: Onnx__AttributeProto, in file: FileBytes, folder: ExternalData)
    throws
  {
    switch attribute.type {
    case 1: self = .float(attribute.f)
    case 2: self = .integer(Int(attribute.i))
    case 3: self = .text(String(decoding: bytes(attribute.s), as: UTF8.self))
    case 4:
      guard let tensor = attribute.t?.pointee else { throw Diagnostic("a tensor is missing") }
      self = .tensor(try OnnxTensor(tensor, in: file, folder: folder))
    case 6: self = .floats((0..<attribute.n_floats).map { attribute.floats[$0] })
    case 7: self = .integers((0..<attribute.n_ints).map { Int(attribute.ints[$0]) })
    default: self = .other
    }
  }
}

private func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
  Array(UnsafeBufferPointer(start: data.data, count: data.len))
}
