import SpikeIR

/// How the axes of a Keras tensor lie in the node that holds its values.
///
/// The IR computes channels last. A channels-first tensor is kept transposed as long as layers
/// allow it, so that nodes for the transposition stand only where the model's order is visible.
struct Layout: Hashable {
  /// The Keras axis (without the batch) that each axis of the node holds.
  var order: [Int]
  /// Whether the node has an axis of extent 1 in front: a sequence as an image of one row.
  var isRow = false

  /// The axes as Keras has them.
  static func plain(_ rank: Int) -> Layout { Layout(order: Array(0..<rank)) }

  /// The given Keras axis moved to the end, the others in order.
  static func withLast(_ axis: Int, rank: Int) -> Layout {
    Layout(order: (0..<rank).filter { $0 != axis } + [axis])
  }
}

/// A Keras tensor: a node, and how it lies there.
struct Value: Hashable {
  var node: NodeID
  var layout: Layout
}

/// Builds the graph: adds nodes within limits, and brings values into the layouts that layers ask.
struct NetworkBuilder {
  private(set) var graph: Graph
  /// The layer that nodes are added for.
  var layer: String = ""
  private var arranged: [Value: [Layout: NodeID]] = [:]

  /// What no value of a network that fits into memory exceeds.
  static let largestValue = 1 << 28
  private static let mostNodes = 1 << 14

  init(name: String) { graph = Graph(name: NetworkBuilder.sanitized(name)) }

  /// The shape of the node that holds a value.
  func nodeShape(_ value: Value) -> [Int] { graph[value.node].type.shape }

  /// The shape that Keras gives a value, without the batch.
  func shape(_ value: Value) -> [Int] {
    let shape = nodeShape(value).dropFirst(value.layout.isRow ? 1 : 0)
    var result = Array(shape)
    for (extent, axis) in zip(shape, value.layout.order) { result[axis] = extent }
    return result
  }

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

  /// Gives the node that holds a value in a layout, adding what moves it there.
  mutating func arrange(_ value: Value, to layout: Layout) throws -> NodeID {
    if value.layout == layout { return value.node }
    if let known = arranged[value]?[layout] { return known }
    var node = value.node
    if value.layout.isRow, value.layout.order != layout.order || !layout.isRow {
      node = try reshape(node, to: Array(graph[node].type.shape.dropFirst()), "squeezed")
    }
    if value.layout.order != layout.order {
      let permutation = layout.order.compactMap { value.layout.order.firstIndex(of: $0) }
      node = try add("transposed", Transpose(permutation: permutation), node)
    }
    if layout.isRow, !value.layout.isRow || value.layout.order != layout.order {
      node = try reshape(node, to: [1] + graph[node].type.shape, "row")
    }
    arranged[value, default: [:]][layout] = node
    return node
  }

  /// Gives the node that holds a value with the axes that Keras gives it.
  mutating func plain(_ value: Value) throws -> NodeID {
    try arrange(value, to: .plain(value.layout.order.count))
  }

  /// Gives the same elements another shape; none where it has it, one for several in a row.
  mutating func reshape(_ node: NodeID, to shape: [Int], _ suffix: String = "") throws -> NodeID {
    var source = node
    while case .reshape = graph[source].operation { source = graph[source].operands[0] }
    if graph[source].type.shape == shape { return source }
    return try add(suffix, Reshape(), source, shape: shape)
  }

  /// Says which nodes the network gives and drops what they do not need.
  mutating func finish(outputs: [NodeID]) throws -> Graph {
    graph.outputs = outputs
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
