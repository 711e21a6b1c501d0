import HDF5
import SpikeIR

/// One node of a NIR graph: its type, and the datasets that hold its parameters.
struct NirNode {
  /// The name in its graph, behind those of the graphs around it: `block.lif`.
  let name: String
  /// The type, such as `Conv2d`.
  let type: String
  private let group: HDF5Group

  init(name: String, group: HDF5Group) throws {
    (self.name, self.group) = (name, group)
    guard group.exists("type") else { throw Diagnostic("has no type", layer: name) }
    type = try group.dataset("type").readStrings().first ?? ""
  }

  /// The names of the parameters.
  func parameters() throws -> [String] {
    try group.children().filter { name in
      guard name != "type", let kind = try? group.kind(name) else { return false }
      if case .dataset = kind { return true } else { return false }
    }
  }

  /// The shape of a parameter, and its text if it is one.
  func describe(_ key: String) throws -> (shape: [Int], text: String?) {
    let dataset = try group.dataset(key)
    let isText =
      switch dataset.elementType.kind {
      case .fixedString, .variableString: true
      case .float, .signedInteger, .unsignedInteger, .other: false
      }
    return (dataset.shape, isText ? try dataset.readStrings().joined(separator: ",") : nil)
  }

  /// The group that holds the nodes of a nested graph, and its edges.
  var graph: HDF5Group { group }

  func has(_ key: String) -> Bool { group.exists(key) }

  /// The numbers of a parameter.
  ///
  /// - Throws: a `Diagnostic` if it is missing, an `HDF5Error` if it holds no numbers.
  func numbers(_ key: String) throws -> Tensor {
    guard has(key) else {
      throw diagnostic("has no '\(key)', which its type \(type) needs")
    }
    let dataset = try group.dataset(key)
    return Tensor(dataset.shape, try dataset.read(as: Float.self))
  }

  /// Numbers as precise as the file has them; nil if they are missing.
  func precise(_ key: String) throws -> (shape: [Int], values: [Double])? {
    guard has(key) else { return nil }
    let dataset = try group.dataset(key)
    let values = try dataset.read(as: Double.self)
    guard !values.contains(where: \.isNaN) else { throw diagnostic("'\(key)' holds NaN") }
    return (dataset.shape, values)
  }

  /// V(0), as this compiler writes it into a population's metadata.
  func start() throws -> (shape: [Int], values: [Double])? {
    guard group.exists("metadata/start") else { return nil }
    let dataset = try group.dataset("metadata/start")
    return (dataset.shape, try dataset.read(as: Double.self))
  }

  /// A whole number, or a list of them.
  func integers(_ key: String, _ standard: [Int]? = nil) throws -> [Int] {
    guard has(key) || standard == nil else { return standard! }
    let values = try precise(key)?.values ?? numbers(key).floats.map(Double.init)
    return try values.map {
      guard let value = Int(exactly: $0), abs(value) <= 1 << 28 else {
        throw diagnostic("'\(key)' holds \($0), not a whole number in range")
      }
      return value
    }
  }

  /// `count` whole numbers, where one stands for all.
  func extents(_ key: String, count: Int, _ standard: [Int]? = nil) throws -> [Int] {
    let values = try integers(key, standard)
    if values.count == count { return values }
    guard values.count == 1 else {
      throw diagnostic("'\(key)' holds \(values.count) numbers, expected \(count)")
    }
    return [Int](repeating: values[0], count: count)
  }

  /// A text; nil if the parameter is missing or holds numbers.
  func text(_ key: String) throws -> String? {
    has(key) ? try describe(key).text : nil
  }

  func diagnostic(_ message: String, notes: [String] = []) -> Diagnostic {
    Diagnostic(message, layer: name, notes: notes)
  }
}
