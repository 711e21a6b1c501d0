/// A network: nodes in topological order, their constants, and what has been made true of them.
///
/// The graph is a value: `let before = graph` keeps a copy for dumps and comparisons. Ids of
/// nodes and constants stay valid while the graph is rewritten.
public struct Graph: Sendable {
  /// The name of the network.
  public var name: String
  /// Weights and other constants.
  public var constants = ConstantTable()
  /// The nodes whose values the network gives, in the order of the imported model.
  public var outputs: [NodeID] = []
  /// What passes have established.
  public var facts: Set<Fact> = []
  /// The names of the passes that the graph has been through, in order; dumps carry it, so that a
  /// compilation goes on where the dump was made.
  public var history: [String] = []
  /// The number of timesteps that integer ranges are proven for, once there are integers.
  public var timesteps: Int?
  /// The nodes in topological order.
  public private(set) var order: [NodeID] = []
  private var slots: [Node?] = []
  private var idsByName: [String: NodeID] = [:]

  /// An empty graph.
  public init(name: String) { self.name = name }

  /// The nodes in topological order.
  public var nodes: some Sequence<Node> { order.lazy.map { slots[$0.rawValue]! } }

  /// The input nodes in topological order.
  public var inputs: [NodeID] {
    order.filter {
      if case .input = self[$0].operation { true } else { false }
    }
  }

  /// A node. Traps if it was removed.
  public subscript(id: NodeID) -> Node {
    get { slots[id.rawValue]! }
    _modify { yield &slots[id.rawValue]! }
  }

  /// Whether the id names a node that is still there.
  public func contains(_ id: NodeID) -> Bool {
    slots.indices.contains(id.rawValue) && slots[id.rawValue] != nil
  }

  /// The node with the given name.
  public func node(named name: String) -> NodeID? { idsByName[name] }

  /// The types of a node's operands.
  public func operandTypes(of id: NodeID) -> [TensorType] {
    self[id].operands.map { self[$0].type }
  }

  /// Adds a node behind all others, or in front of `successor`, and gives its id.
  ///
  /// - Parameters:
  ///   - name: what it is called; a taken name gets a numeric suffix.
  ///   - type: the declared type of an input or a reshape; other types are inferred.
  /// - Throws: a `Diagnostic` with `origin` if the operands do not fit the operation.
  @discardableResult
  public mutating func add(
    _ name: String, _ parameters: any OperationParameters, _ operands: [NodeID],
    type: TensorType? = nil, scale: ConstantID? = nil, origin: Origin,
    before successor: NodeID? = nil
  ) throws -> NodeID {
    let id = NodeID(rawValue: slots.count)
    let unique = uniqueName(name) { idsByName[$0] != nil }
    let inferred = try inferType(parameters, operands, declared: type, origin: origin)
    slots.append(
      Node(
        id: id, name: unique, operation: parameters.operation, operands: operands, type: inferred,
        scale: scale, origin: origin))
    idsByName[unique] = id
    order.insert(id, at: successor.flatMap { order.firstIndex(of: $0) } ?? order.endIndex)
    return id
  }

  /// The type of an operation's value on operands of this graph.
  ///
  /// - Throws: a `Diagnostic` with `origin` if the operands do not fit the operation.
  public func inferType(
    _ parameters: any OperationParameters, _ operands: [NodeID], declared: TensorType?,
    origin: Origin
  ) throws -> TensorType {
    let arity = Swift.type(of: parameters).arity
    do {
      guard arity.contains(operands.count) else {
        let range = arity.count == 1 ? "\(arity.lowerBound)" : "\(arity)"
        throw Diagnostic("takes \(range) operands, not \(operands.count)")
      }
      return try parameters.resultType(
        of: operands.map { self[$0].type }, declared: declared, constants: constants)
    } catch var diagnostic as Diagnostic {
      diagnostic.origin = origin.layers.isEmpty ? diagnostic.origin : origin
      throw diagnostic
    }
  }

  /// Infers the types of all nodes anew, after operations or operands were changed in place.
  ///
  /// - Throws: a `Diagnostic` if a node's operands no longer fit.
  public mutating func reinferTypes() throws {
    for id in order {
      let node = self[id]
      self[id].type = try inferType(
        node.operation.parameters, node.operands, declared: node.type, origin: node.origin)
    }
  }

  /// The nodes that take each node's value, in topological order, once per operand position.
  public func users() -> [NodeID: [NodeID]] {
    var result: [NodeID: [NodeID]] = [:]
    for node in nodes {
      for operand in node.operands { result[operand, default: []].append(node.id) }
    }
    return result
  }

  /// Lets everything that takes `old`, outputs included, take `new` instead.
  public mutating func replaceUses(of old: NodeID, with new: NodeID, except user: NodeID? = nil) {
    for id in order where id != user {
      if self[id].operands.contains(old) {
        self[id].operands = self[id].operands.map { $0 == old ? new : $0 }
      }
    }
    outputs = outputs.map { $0 == old ? new : $0 }
  }

  /// Gives a node another name; a taken one gets a numeric suffix.
  public mutating func rename(_ id: NodeID, to name: String) {
    idsByName[self[id].name] = nil
    let unique = uniqueName(name) { idsByName[$0] != nil }
    self[id].name = unique
    idsByName[unique] = id
  }

  /// Removes the nodes that no output needs (inputs stay), and the constants that no node needs.
  public mutating func removeDeadNodes() {
    var live = Set(outputs + inputs)
    for id in order.reversed() where live.contains(id) { live.formUnion(self[id].operands) }
    for id in order where !live.contains(id) {
      idsByName[self[id].name] = nil
      slots[id.rawValue] = nil
    }
    order.removeAll { !live.contains($0) }
    var used = Set(nodes.flatMap { $0.operation.constants.map(\.id) })
    used.formUnion(nodes.compactMap(\.scale))
    constants.keep(only: used)
  }
}
