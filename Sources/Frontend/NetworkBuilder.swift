import SpikeIR

/// Builds the graph of any model: adds nodes within limits, named after layers.
struct NetworkBuilder {
  private(set) var graph: Graph
  /// The layer that nodes are added for.
  var layer: String = ""
  /// The nodes that move values into other orders, by what was asked for: users share them.
  var moved: [AnyHashable: NodeID] = [:]

  /// What no value of a network that fits into memory exceeds.
  static let largestValue = 1 << 28
  private static let mostNodes = 1 << 14

  init(name: String) { graph = Graph(name: NetworkBuilder.sanitized(name)) }

  /// The shape of a node.
  func shape(of node: NodeID) -> [Int] { graph[node].type.shape }

  /// Adds a node for the current layer, called after it with `suffix`.
  ///
  /// - Throws: a `Diagnostic` with the layer if operands do not fit or a limit is exceeded.
  mutating func add(
    _ suffix: String, _ parameters: any OperationParameters, _ operands: NodeID...,
    shape: [Int]? = nil
  ) throws -> NodeID {
    try add(suffix, parameters, operands: operands, shape: shape)
  }

  /// Adds a node with a list of operands.
  mutating func add(
    _ suffix: String, _ parameters: any OperationParameters, operands: [NodeID],
    shape: [Int]? = nil
  ) throws -> NodeID {
    if let shape { try check(shape) }
    let declared = shape.map { TensorType(.f32, $0) }
    let origin = Origin(layer)
    let type = try graph.inferType(parameters, operands, declared: declared, origin: origin)
    try check(type.shape)
    guard graph.order.count < NetworkBuilder.mostNodes else {
      throw Diagnostic("the model has more than \(NetworkBuilder.mostNodes) operations")
    }
    return try graph.add(
      nodeName(suffix), parameters, operands, type: declared, origin: origin)
  }

  /// Adds a constant for the current layer, such as `conv1.weight`.
  mutating func constant(_ suffix: String, _ shape: [Int], _ values: [Float]) -> ConstantID {
    graph.constants.add(nodeName(suffix), Tensor(shape, values))
  }

  /// Gives the same elements another shape; none where it has it, one for several in a row.
  mutating func reshape(_ node: NodeID, to shape: [Int], _ suffix: String = "") throws -> NodeID {
    var source = node
    while case .reshape = graph[source].operation { source = graph[source].operands[0] }
    if graph[source].type.shape == shape { return source }
    return try add(suffix, Reshape(), source, shape: shape)
  }

  /// Says which nodes the network gives, rewrites the graph, and drops what is not needed.
  mutating func finish(outputs: [NodeID], rewrite: (inout Graph) -> Void = { _ in }) throws
    -> Graph
  {
    graph.outputs = outputs
    rewrite(&graph)
    graph.removeDeadNodes()
    try graph.verify()
    return graph
  }

  /// Checks a shape against what a value may have, without overflow.
  ///
  /// - Throws: a `Diagnostic` with the layer.
  func check(_ shape: [Int]) throws {
    var count = 1
    for extent in shape {
      guard extent > 0 else {
        throw Diagnostic("gives a value of shape \(shape), without elements", layer: layer)
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= NetworkBuilder.largestValue else {
        throw Diagnostic(
          "gives a value of shape \(shape), more than \(NetworkBuilder.largestValue) elements",
          layer: layer)
      }
      count = product
    }
  }

  private func nodeName(_ suffix: String) -> String {
    NetworkBuilder.sanitized(suffix.isEmpty ? layer : "\(layer).\(suffix)")
  }

  /// A name for the textual form: letters, digits, `_` and `.`; never empty.
  static func sanitized(_ name: String) -> String {
    let characters = name.prefix(200).map { character -> Character in
      if character == "/" { return "." }
      let isPlain = character.isASCII && (character.isLetter || character.isNumber)
      return isPlain || character == "_" || character == "." ? character : "_"
    }
    return characters.isEmpty ? "_" : String(characters)
  }
}
