/// Names a constant of one graph's `ConstantTable`.
public struct ConstantID: Hashable, Sendable {
  /// The position in the table.
  public let rawValue: Int

  /// An id for a position in a table.
  public init(rawValue: Int) { self.rawValue = rawValue }
}

/// The weights and other constants of a graph, reached by id and changed in place.
public struct ConstantTable: Sendable {
  private var tensors: [Tensor?] = []
  private var names: [String] = []
  /// The names as they were asked for, before a suffix made them unique.
  private var wishes: [String] = []
  private var idsByName: [String: ConstantID] = [:]

  /// A table without constants.
  public init() {}

  /// Adds a constant and gives its id. A taken `name` gets a numeric suffix.
  public mutating func add(_ name: String, _ tensor: Tensor) -> ConstantID {
    let id = ConstantID(rawValue: tensors.count)
    let unique = uniqueName(name) { idsByName[$0] != nil }
    tensors.append(tensor)
    names.append(unique)
    wishes.append(name)
    idsByName[unique] = id
    return id
  }

  /// The values of a constant. Traps if it was removed.
  public subscript(id: ConstantID) -> Tensor {
    get { tensors[id.rawValue]! }
    _modify { yield &tensors[id.rawValue]! }
  }

  /// The name of a constant, unique in the table.
  public func name(of id: ConstantID) -> String { names[id.rawValue] }

  /// The constant with the given name.
  public func id(named name: String) -> ConstantID? { idsByName[name] }

  /// The ids of all constants, in the order in which they were added.
  public var ids: [ConstantID] {
    tensors.indices.filter { tensors[$0] != nil }.map(ConstantID.init)
  }

  /// Whether the id names a constant that is still there.
  public func contains(_ id: ConstantID) -> Bool {
    tensors.indices.contains(id.rawValue) && tensors[id.rawValue] != nil
  }

  /// Drops every constant that is not in `used`; the others get the names that this makes free.
  public mutating func keep(only used: Set<ConstantID>) {
    for id in ids where !used.contains(id) {
      tensors[id.rawValue] = nil
      idsByName[names[id.rawValue]] = nil
    }
    for id in ids where names[id.rawValue] != wishes[id.rawValue] {
      idsByName[names[id.rawValue]] = nil
      names[id.rawValue] = uniqueName(wishes[id.rawValue]) { idsByName[$0] != nil }
      idsByName[names[id.rawValue]] = id
    }
  }
}

/// `name`, or `name_2`, `name_3`, ... : the first that is not taken.
func uniqueName(_ name: String, isTaken: (String) -> Bool) -> String {
  guard isTaken(name) else { return name }
  var number = 2
  while isTaken("\(name)_\(number)") { number += 1 }
  return "\(name)_\(number)"
}
