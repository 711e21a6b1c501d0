import SpikeIR

extension Node {
  /// The multiply-accumulates that the node takes per sample in the CNN; 0 for what has no weights.
  public func multiplyAccumulates(in graph: Graph) -> Int {
    switch operation {
    case .conv2d(let conv):
      let shape = graph.constants[conv.weight].shape
      return type.count * shape[1] * shape[2] * shape[3]
    case .dense(let dense): return graph.constants[dense.weight].count
    case .diagonal: return type.count
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
      .add, .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      return 0
    }
  }

  /// The number of trained parameters that the node holds.
  public func parameterCount(in graph: Graph) -> Int {
    operation.constants.reduce(0) { $0 + graph.constants[$1.id].count }
  }
}
