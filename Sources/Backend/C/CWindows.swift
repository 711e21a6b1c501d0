import SpikeExecution
import SpikeIR

/// The geometry of windows.
extension CStatements {
  /// The geometry of every window, as constants.
  var windows: String {
    graph.nodes.compactMap { node -> String? in
      guard let window = window(node), plan.kernels.packings[node.id]?.isFrame != true,
        plan.kernels.events[node.id] == nil
      else { return nil }
      let text = window.initializer(from: graph[node.operands[0]].type.shape, to: node.type.shape)
      return "static const spikec_window \(windowName(node)) = \(text);\n"
    }.joined()
      + graph.nodes.compactMap { CPackedSynapse($0, plan, weights)?.geometry }.joined()
      + graph.nodes.compactMap { CEventSynapse($0, plan, weights)?.geometry }.joined()
      + tableGeometry
  }

  /// That of look-ups, where there are some.
  private var tableGeometry: String {
    let lines = graph.nodes.compactMap { CTableSynapse($0, plan, weights)?.geometry }
    return lines.isEmpty ? "" : "#ifdef SPIKEC_X86\n" + lines.joined() + "#endif\n"
  }

  func windowName(_ node: Node) -> String {
    "window_\(plan.label(node))"
  }

  private func window(_ node: Node) -> Window2D? {
    switch node.operation {
    case .conv2d(let conv): return conv.window(graph.constants)
    case .pad(let pad):
      return Window2D(kernel: [1, 1], stride: [1, 1], padding: pad.padding)
    case .sumPool(let pool): return pool.window
    case .maxPool(let pool): return pool.window
    case .input, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .add,
      .concat, .reshape, .transpose, .encode, .fire, .readOut, .decode:
      return nil
    }
  }
}

extension Window2D {
  /// The initialiser of a `spikec_window`, given the operand's and the value's height, width and
  /// channels.
  func initializer(from input: [Int], to output: [Int]) -> String {
    let numbers = input + output + kernel + stride + padding[..<2] + dilation
    return "{\(numbers.map(String.init).joined(separator: ", "))}"
  }
}
