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

/// A value that was brought into another layout.
private struct KerasMove: Hashable {
  let value: Value
  let layout: Layout
}

extension NetworkBuilder {
  /// The shape of the node that holds a value.
  func nodeShape(_ value: Value) -> [Int] { graph[value.node].type.shape }

  /// The shape that Keras gives a value, without the batch.
  func shape(_ value: Value) -> [Int] {
    let shape = nodeShape(value).dropFirst(value.layout.isRow ? 1 : 0)
    var result = Array(shape)
    for (extent, axis) in zip(shape, value.layout.order) { result[axis] = extent }
    return result
  }

  /// Gives the node that holds a value in a layout, adding what moves it there.
  mutating func arrange(_ value: Value, to layout: Layout) throws -> NodeID {
    if value.layout == layout { return value.node }
    let key = KerasMove(value: value, layout: layout)
    if let known = moved[key] { return known }
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
    moved[key] = node
    return node
  }

  /// Gives the node that holds a value with the axes that Keras gives it.
  mutating func plain(_ value: Value) throws -> NodeID {
    try arrange(value, to: .plain(value.layout.order.count))
  }
}
