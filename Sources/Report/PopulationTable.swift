import SpikeIR

/// What a compiled network consists of.
public enum PopulationTable {
  /// One row a population or read-out of a quantised graph: its size, its constants, and the
  /// largest magnitude that its membranes can reach, as proven.
  public static func make(_ graph: Graph) -> Table {
    var table = Table(
      "populations",
      [
        .init("name", "population"), .init("shape", "shape"), .init("neurons", "neurons"),
        .init("weights", "weights"), .init("weight_bits", "bits"),
        .init("fraction_bits", "fraction"), .init("largest_membrane", "membrane <="),
        .init("exact_in_float32", "exact in f32"),
      ])
    var ranges = RangeAnalysis()
    for node in graph.nodes {
      let fractionBits: Int
      switch node.operation {
      case .fire(let fire): fractionBits = fire.fractionBits
      case .readOut(let readOut): fractionBits = readOut.fractionBits
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
        .decode:
        continue
      }
      let membrane = ranges.membrane(node.id, graph, timesteps: graph.timesteps ?? 1)
      let weights = synapses(node.operands[0], graph).map { graph.constants[$0.weight] }
      let largest = weights.flatMap(\.integers).map(\.magnitude).max() ?? 0
      table.add([
        .text(node.name), .text(node.type.shape.map(String.init).joined(separator: "x")),
        .integer(node.type.count), .integer(weights.reduce(0) { $0 + $1.count }),
        .integer(UInt32.bitWidth - largest.leadingZeroBitCount + 1), .integer(fractionBits),
        .integer(Int(membrane.magnitude)),
        .text(membrane.magnitude < 1 << 24 ? "yes" : "no"),
      ])
    }
    return table
  }

  private static func synapses(_ id: NodeID, _ graph: Graph) -> [any Synapse] {
    let node = graph[id]
    if let synapse = node.operation.parameters as? any Synapse { return [synapse] }
    return node.type.element == .current ? node.operands.flatMap { synapses($0, graph) } : []
  }
}
