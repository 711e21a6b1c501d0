import CHDF5Snapshot

/// A group or dataset of a file that was read.
struct StoredObject: Sendable {
  /// What a name in a group leads to.
  enum Target: Sendable {
    case object(Int)
    /// Another file.
    case outside
    case broken(reason: String)
  }

  let kind: HDF5Group.Kind
  /// The names in a group, in the order of the file.
  fileprivate(set) var names: [String] = []
  fileprivate(set) var targets: [String: Target] = [:]
  /// Why the links of a group could not be read to their end.
  fileprivate(set) var linksFailure: String?
  fileprivate(set) var attributes: [String: StoredData] = [:]
  /// Why the attributes could not be read to their end.
  fileprivate(set) var attributesFailure: String?
  /// What a dataset holds.
  fileprivate(set) var data: StoredData?

  /// Why records are refused.
  struct Refusal: Error {
    var message = "corrupt HDF5 file: it confuses the HDF5 library"
  }

  /// Reads what the process wrote. It may have damaged its own memory before, so nothing is taken
  /// on trust.
  static func read(
    _ bytes: [UInt8], fileByteCount: Int, valueByteCount: Int
  ) -> Result<[StoredObject], Refusal> {
    var reader = RecordReader(bytes)
    var objects: [StoredObject] = []
    let limits = (file: fileByteCount, values: valueByteCount)
    do throws(Refusal) {
      while try reader.add(to: &objects, limits) {}
      for object in objects {
        for case .object(let target) in object.targets.values where target >= objects.count {
          throw Refusal()
        }
      }
      guard objects.first?.kind == .group else { throw Refusal() }
      return .success(objects)
    } catch { return .failure(error) }
  }
}

/// Takes records off a list of bytes.
private struct RecordReader {
  typealias Refusal = StoredObject.Refusal
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func take(_ count: Int) throws(Refusal) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw Refusal() }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type
  ) throws(Refusal) -> Int {
    let bytes = try take(MemoryLayout<Number>.size)
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(as: Number.self) }
    return Int(clamping: value)
  }

  mutating func text(_ count: Int) throws(Refusal) -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  /// What remains, as text.
  mutating func remainder() throws(Refusal) -> String { try text(rest.count) }

  /// Reads one record; false where it is the last.
  mutating func add(
    to objects: inout [StoredObject], _ limits: (file: Int, values: Int)
  ) throws(Refusal) -> Bool {
    let tag = try number(UInt32.self)
    let number = try number(UInt32.self)
    var content = RecordReader(Array(try take(try self.number(UInt64.self))))
    guard tag != SPIKEC_H5_END else { return false }
    guard tag != SPIKEC_H5_FILE_FAILS else {
      throw Refusal(message: "truncated or corrupt HDF5 file\(reason(try content.remainder()))")
    }
    guard tag != SPIKEC_H5_OBJECT else {
      guard number == objects.count else { throw Refusal() }
      objects.append(StoredObject(kind: try content.kind()))
      return true
    }
    guard number < objects.count else { throw Refusal() }
    switch tag {
    case SPIKEC_H5_LINK:
      let (name, target) = try content.link()
      guard objects[number].targets.updateValue(target, forKey: name) == nil else {
        throw Refusal()
      }
      objects[number].names.append(name)
    case SPIKEC_H5_ATTRIBUTE:
      let (name, data) = try content.data(limits)
      objects[number].attributes[name] = data
    case SPIKEC_H5_DATASET: objects[number].data = try content.data(limits).data
    case SPIKEC_H5_LINKS_FAIL: objects[number].linksFailure = reason(try content.remainder())
    case SPIKEC_H5_ATTRIBUTES_FAIL:
      objects[number].attributesFailure = reason(try content.remainder())
    default: throw Refusal()
    }
    return true
  }

  private func reason(_ text: String) -> String { text.isEmpty ? "" : " (\(text))" }

  private mutating func kind() throws(Refusal) -> HDF5Group.Kind {
    switch try number(UInt32.self) {
    case SPIKEC_H5_GROUP: return .group
    case SPIKEC_H5_IS_DATASET: return .dataset
    case SPIKEC_H5_OTHER: return .other
    default: throw Refusal()
    }
  }

  private mutating func link() throws(Refusal) -> (String, StoredObject.Target) {
    let kind = try number(UInt32.self)
    let target = try number(UInt32.self)
    let name = try text(try number(UInt32.self))
    switch kind {
    case SPIKEC_H5_INSIDE: return (name, .object(target))
    case SPIKEC_H5_OUTSIDE: return (name, .outside)
    case SPIKEC_H5_BROKEN: return (name, .broken(reason: reason(try remainder())))
    default: throw Refusal()
    }
  }

  private mutating func data(
    _ limits: (file: Int, values: Int)
  ) throws(Refusal) -> (name: String, data: StoredData) {
    let place = try number(UInt32.self)
    let kind = try elementKind()
    let nameSize = try number(UInt32.self)
    let rank = try number(UInt32.self)
    let elementSize = try number(UInt64.self)
    let storedSize = try number(UInt64.self)
    let offset = try number(UInt64.self)
    let size = try number(UInt64.self)
    var shape: [Int] = []
    for _ in 0..<32 { shape.append(try number(UInt64.self)) }
    guard rank <= shape.count else { throw Refusal() }
    let name = try text(nameSize)
    let data = StoredData(
      place: place, elementType: HDF5ElementType(kind: kind, byteCount: elementSize),
      storedSize: storedSize, offset: offset, byteCount: size, shape: Array(shape.prefix(rank)),
      reason: reason(try remainder()))
    guard data.isConsistent(limits) else { throw Refusal() }
    return (name, data)
  }

  private mutating func elementKind() throws(Refusal) -> HDF5ElementType.Kind {
    switch try number(UInt32.self) {
    case SPIKEC_H5_FLOAT: return .float
    case SPIKEC_H5_SIGNED: return .signedInteger
    case SPIKEC_H5_UNSIGNED: return .unsignedInteger
    case SPIKEC_H5_FIXED_STRING: return .fixedString
    case SPIKEC_H5_VARIABLE_STRING: return .variableString
    case SPIKEC_H5_NEITHER: return .other
    default: throw Refusal()
    }
  }
}
