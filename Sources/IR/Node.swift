/// Names a node of one graph; stable while the graph is rewritten.
public struct NodeID: Hashable, Sendable, Comparable {
  /// The position in which the node was created.
  public let rawValue: Int

  /// An id for a position.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Orders ids by creation.
  public static func < (a: NodeID, b: NodeID) -> Bool { a.rawValue < b.rawValue }
}

/// One operation of the graph and the value that it gives.
public struct Node: Sendable {
  /// The node's id in its graph.
  public let id: NodeID
  /// The printed name, unique in the graph, without the `%`.
  public internal(set) var name: String
  /// What the node does.
  public var operation: Operation
  /// The nodes whose values it takes.
  public var operands: [NodeID]
  /// The type of its value.
  public var type: TensorType
  /// The scale λ of its value, where the node sets one: true value = λ · value, elementwise.
  ///
  /// The constant holds 1 number, one per channel, or one per element. Absent means that the
  /// value keeps the scale of its operand; `Graph.scale(of:)` says what results.
  public var scale: ConstantID?
  /// The layers that the node stands for.
  public var origin: Origin
}
