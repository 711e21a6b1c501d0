import SpikeIR

/// A graph in Graphviz' language, for `dot -Tsvg`.
public enum GraphvizText {
  /// One box a node, with its operation and type; colours tell spikes, levels, currents and analog
  /// values apart.
  public static func make(_ graph: Graph) -> String {
    var lines = [
      "digraph \(quoted(graph.name)) {", "  rankdir=TB;",
      "  node [shape=box, style=filled, fontname=\"sans-serif\", fontsize=10];",
      "  edge [fontname=\"sans-serif\", fontsize=9];",
    ]
    for node in graph.nodes {
      let label = "\(node.name)\n\(node.operation.mnemonic)\n\(node.type)"
      let outline = graph.outputs.contains(node.id) ? ", penwidth=2" : ""
      lines.append(
        "  n\(node.id.rawValue) [label=\(quoted(label)), fillcolor=\"\(colour(node.type.element))\", "
          + "tooltip=\(quoted("\(node.origin)"))\(outline)];")
    }
    for node in graph.nodes {
      for operand in node.operands {
        lines.append("  n\(operand.rawValue) -> n\(node.id.rawValue);")
      }
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private static func colour(_ element: ElementType) -> String {
    switch element {
    case .f32: "#eeeeee"
    case .level: "#fde9c8"
    case .spike: "#cfe8d5"
    case .current: "#d5e3f7"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case _ where scalar.value < 0x20: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
