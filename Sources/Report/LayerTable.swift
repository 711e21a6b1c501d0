import SpikeIR

/// What an imported network consists of, and what each layer becomes.
public enum LayerTable {
  /// One row a node: shape, parameters, multiply-accumulates, and its spiking form.
  public static func make(_ graph: Graph) -> Table {
    var table = Table(
      "layers",
      [
        .init("name", "node"), .init("operation", "operation"), .init("shape", "shape"),
        .init("parameters", "parameters"), .init("multiply_accumulates", "MACs"),
        .init("spiking", "becomes"),
      ])
    for node in graph.nodes {
      table.add([
        .text(node.name), .text(node.operation.mnemonic),
        .text(node.type.shape.map(String.init).joined(separator: "x")),
        .integer(node.parameterCount(in: graph)),
        .integer(node.multiplyAccumulates(in: graph)), .text(spikingForm(node, graph)),
      ])
    }
    return table
  }

  private static func spikingForm(_ node: Node, _ graph: Graph) -> String {
    let isOutput = graph.outputs.contains(node.id)
    switch node.operation {
    case .input: return "input coding"
    case .conv2d, .dense: return isOutput ? "synapses, read out" : "synapses"
    case .diagonal: return "folded, or one synapse per neuron"
    case .batchNorm: return "folded into its neighbour"
    case .relu(let relu): return relu.ceiling == nil ? "population" : "population, clipped by its λ"
    case .leakyRelu: return "two populations, one per sign"
    case .activation(let activation):
      return isOutput
        ? "read-out (\(activation.function.rawValue) not computed)"
        : "nothing: a hidden \(activation.function.rawValue) has no rate code"
    case .averagePool: return "sums of spikes"
    case .sumPool: return "sums of spikes"
    case .maxPool: return "the largest spike count"
    case .add: return "sum of currents"
    case .concat: return "joined spikes"
    case .reshape, .transpose: return "nothing: a change of layout"
    case .pad: return "padding of the next synapse"
    case .encode: return "input coding"
    case .fire: return "population"
    case .readOut, .decode: return "read-out"
    }
  }
}
