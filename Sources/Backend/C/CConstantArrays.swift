import SpikeExecution
import SpikeIR

/// The constants of populations, outputs, inputs and orders.
extension CWeights {
  /// The arrays of a node that is no synapse.
  func constants(_ node: Node) -> [CArray] {
    switch node.operation {
    case .fire:
      let neurons = CNeurons(node, graph)
      let threshold = CArray("int32_t", name(node, "threshold"), neurons.threshold)
      if plan.schedule == .layerwise {
        let base = neurons.base(timesteps: plan.timesteps)
        return [
          threshold, CArray("int32_t", name(node, "base"), base.map(CWeights.literal)),
          CArray("float", name(node, "inverse"), neurons.inverse.map { "\(Double($0))f" }),
        ]
      }
      return [
        threshold, CArray("int32_t", name(node, "bias"), neurons.bias),
        CArray("int32_t", name(node, "start"), neurons.start),
      ]
    case .readOut(let readOut):
      return [
        CArray("int32_t", name(node, "bias"), CNeurons(node, graph).bias),
        CArray("double", name(node, "unit"), doubles(readOut.scale)),
      ]
    case .decode(let decode): return [CArray("double", name(node, "unit"), doubles(decode.scale))]
    case .transpose(let transpose):
      let shape = graph[node.operands[0]].type.shape
      let order = Tensor.transposedIndices(shape, transpose.permutation)
      return [CArray("int32_t", name(node, "order"), order)]
    case .encode(let encode):
      return [
        CArray("double", name(node, "offset"), doubles(encode.offset)),
        CArray("double", name(node, "step"), doubles(encode.step)),
      ]
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .pad:
      return []
    }
  }

  /// A number in C: the smallest one has no literal of its own.
  private static func literal(_ value: Int32) -> String {
    value == .min ? "(-2147483647 - 1)" : "\(value)"
  }

  private func doubles(_ id: ConstantID) -> [Double] {
    graph.constants[id].floats.map { Double($0) }
  }
}
