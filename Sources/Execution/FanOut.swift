import SpikeIR

/// How many synapses each element of a spike or level value drives, for counting synaptic
/// operations: borders of a convolution have fewer targets than its middle.
public struct FanOut {
  private let graph: Graph
  private var counts: [NodeID: [Int]] = [:]

  /// Walks from the consumers of each value back to it.
  public init(_ graph: Graph) {
    self.graph = graph
    for node in graph.nodes { counts[node.id] = [Int](repeating: 0, count: node.type.count) }
    for id in graph.order.reversed() { accumulate(graph[id]) }
  }

  /// One number per element of a node's value.
  public subscript(id: NodeID) -> [Int] { counts[id]! }

  private mutating func accumulate(_ node: Node) {
    let types = graph.operandTypes(of: node.id)
    switch node.operation {
    case .conv2d(let conv):
      let kernel = graph.constants[conv.weight].shape
      let perTap = kernel[0] / conv.groups
      add(
        node.operands[0],
        conv.window(graph.constants).targets(types[0], node.type).map { $0 * perTap })
    case .dense: add(node.operands[0], [Int](repeating: node.type.count, count: types[0].count))
    case .diagonal: add(node.operands[0], [Int](repeating: 1, count: types[0].count))
    case .sumPool(let pool): pull(node, types[0], pool.window)
    case .reshape: add(node.operands[0], counts[node.id]!)
    case .transpose(let transpose):
      var result = [Int](repeating: 0, count: types[0].count)
      let order = Tensor.transposedIndices(types[0].shape, transpose.permutation)
      for (position, element) in order.enumerated() { result[element] = counts[node.id]![position] }
      add(node.operands[0], result)
    case .concat(let concat): split(node, concat, types)
    case .pad(let pad): crop(node, types[0], pad.padding)
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .maxPool, .add,
      .encode, .fire, .readOut, .decode:
      break
    }
  }

  private mutating func add(_ id: NodeID, _ values: [Int]) {
    guard graph[id].type.element != .current else { return }
    var sum = counts.removeValue(forKey: id)!
    for i in values.indices { sum[i] += values[i] }
    counts[id] = sum
  }

  /// A spike drives what every window drives that it falls into.
  private mutating func pull(_ node: Node, _ operand: TensorType, _ window: Window2D) {
    guard operand.element != .current else { return }
    let mine = counts[node.id]!
    var result = [Int](repeating: 0, count: operand.count)
    let (columns, channels) = (operand.shape[1], operand.shape[2])
    for oy in 0..<node.type.shape[0] {
      for ox in 0..<node.type.shape[1] {
        for iy in window.covered(0, oy, of: operand.shape[0]) {
          for ix in window.covered(1, ox, of: columns) {
            for c in 0..<channels {
              result[(iy * columns + ix) * channels + c] +=
                mine[(oy * node.type.shape[1] + ox) * channels + c]
            }
          }
        }
      }
    }
    add(node.operands[0], result)
  }

  private mutating func split(_ node: Node, _ concat: Concat, _ operands: [TensorType]) {
    let mine = counts[node.id]!
    let runs = operands.map { $0.shape[concat.axis...].reduce(1, *) }
    let total = runs.reduce(0, +)
    var start = 0
    for (operand, run) in zip(node.operands, runs) {
      let values = stride(from: start, to: mine.count, by: total).flatMap { mine[$0..<$0 + run] }
      add(operand, values)
      start += run
    }
  }

  private mutating func crop(_ node: Node, _ operand: TensorType, _ padding: [Int]) {
    let mine = counts[node.id]!
    let run = operand.shape[1] * operand.shape[2]
    let values = (0..<operand.shape[0]).flatMap { y -> ArraySlice<Int> in
      let start = ((y + padding[0]) * node.type.shape[1] + padding[1]) * operand.shape[2]
      return mine[start..<start + run]
    }
    add(node.operands[0], values)
  }
}

extension Window2D {
  /// For each element of the operand, in how many positions of the window it is tapped.
  func targets(_ operand: TensorType, _ result: TensorType) -> [Int] {
    let perRow = (0..<operand.shape[0]).map { taps(0, $0, of: result.shape[0]).count }
    let perColumn = (0..<operand.shape[1]).map { taps(1, $0, of: result.shape[1]).count }
    return perRow.flatMap { rows in
      perColumn.flatMap { [Int](repeating: rows * $0, count: operand.shape[2]) }
    }
  }

  /// The taps that reach an operand's index along `axis`, each with the position it reaches it from.
  func taps(_ axis: Int, _ index: Int, of positions: Int) -> [(tap: Int, position: Int)] {
    (0..<kernel[axis]).compactMap { tap in
      let offset = index + padding[axis] - tap * dilation[axis]
      guard offset >= 0, offset % stride[axis] == 0 else { return nil }
      let position = offset / stride[axis]
      return position < positions ? (tap, position) : nil
    }
  }
}
