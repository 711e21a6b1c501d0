import COnnx
import CProtobufC
import SpikeIR

/// Copies an ONNX file without the contents of its tensors.
///
/// Weights are nearly all of a file. In the copy each of their payloads is a reference, as it is
/// for external data, so that only the structure is unpacked and weights are read from the file
/// straight to where they are needed. Fields that our schema does not list are left out. The
/// descriptors that protoc-c generated say what is a message, so that there is one schema.
struct OnnxSkeleton {
  private typealias Descriptor = UnsafePointer<ProtobufCMessageDescriptor>

  private let file: FileBytes
  private var messageCount = 0
  private var byteCount = 0

  /// The largest structures that exporters write, stack traces aside, have about 1 MB.
  private static let largestSize = 1 << 24
  private static let mostMessages = 1 << 18
  /// A type within a value within a graph nests about 6 deep.
  private static let deepestNesting = 32

  private enum TensorField {
    /// `float_data`, `int32_data`, `int64_data`, `raw_data`, `double_data`, `uint64_data`.
    static let payloads: Set = [4, 5, 7, 9, 10, 11]
    static let reference = 1000
  }

  /// The skeleton of a file, as an encoded `ModelProto`.
  ///
  /// - Throws: a `Diagnostic` if the file is damaged or its structure exceeds every network's.
  static func copy(_ file: FileBytes) throws -> [UInt8] {
    var skeleton = OnnxSkeleton(file: file)
    return try withUnsafePointer(to: onnx__model_proto__descriptor) {
      try skeleton.message(0..<file.count, $0, depth: 0)
    }
  }

  private init(file: FileBytes) { self.file = file }

  private mutating func message(_ range: Range<Int>, _ type: Descriptor, depth: Int) throws
    -> [UInt8]
  {
    messageCount += 1
    guard depth < OnnxSkeleton.deepestNesting, messageCount < OnnxSkeleton.mostMessages else {
      throw OnnxSkeleton.tooLarge
    }
    let isTensor = String(cString: type.pointee.name) == "onnx.TensorProto"
    var result: [UInt8] = []
    var seen: Set<Int> = []
    var fields = WireFormat(file, range)
    while let field = try fields.next() {
      guard
        let known = protobuf_c_message_descriptor_get_field(type, UInt32(field.number))?.pointee,
        field.number < TensorField.reference
      else { continue }
      if isTensor, field.isDelimited, TensorField.payloads.contains(field.number) {
        try append(reference: field, to: &result)
      } else if known.type == PROTOBUF_C_TYPE_MESSAGE {
        guard field.isDelimited,
          known.label == PROTOBUF_C_LABEL_REPEATED
            || seen.insert(field.number).inserted
        else { throw Diagnostic("holds one part twice: damaged") }
        let inner = known.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
        let content = try message(field.content, inner, depth: depth + 1)
        try append(content, as: field.number, to: &result)
      } else {
        try reserve(field.range.count)
        result += try file.bytes(field.range)
      }
    }
    return result
  }

  /// Appends a `PayloadProto`: the payload's field, offset and length.
  private mutating func append(reference field: WireFormat.Field, to result: inout [UInt8]) throws {
    var payload: [UInt8] = []
    let numbers = [field.number, field.content.lowerBound, field.content.count]
    for (index, number) in numbers.enumerated() {
      payload.append(varint: (index + 1) << 3)
      payload.append(varint: number)
    }
    messageCount += 1
    try append(payload, as: TensorField.reference, to: &result)
  }

  private mutating func append(_ content: [UInt8], as number: Int, to result: inout [UInt8]) throws
  {
    try reserve(16)
    result.append(varint: number << 3 | 2)
    result.append(varint: content.count)
    result += content
  }

  private mutating func reserve(_ count: Int) throws {
    byteCount += count
    guard byteCount <= OnnxSkeleton.largestSize else { throw OnnxSkeleton.tooLarge }
  }

  private static let tooLarge = Diagnostic(
    "its structure, without weights, is larger than that of any network: damaged")
}
