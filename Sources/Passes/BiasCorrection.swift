import SpikeIR

/// What rounding a synapse's weights does to its mean current.
struct BiasCorrection {
  /// The mean level of each channel of every spike and level value, per timestep.
  let meanLevels: [NodeID: [Double]]

  /// The mean of `Σ (K · 2^shift / θ_c - Ŵ) · input` for each output channel c.
  ///
  /// - Parameters:
  ///   - node: the synapse, a conv2d, dense or diagonal.
  ///   - weight: Ŵ, its weights before rounding.
  ///   - rounded: K · 2^shift / θ_c, in the same order.
  func meanShift(of node: Node, from weight: [Float], to rounded: [Double], channels: Int)
    -> [Double]
  {
    guard let means = meanLevels[node.operands[0]], rounded.count == weight.count else {
      return [Double](repeating: 0, count: channels)
    }
    var result = [Double](repeating: 0, count: channels)
    let inputs = inputChannels(node, weightCount: weight.count, channels, means.count)
    for i in weight.indices {
      let (output, input) = inputs(i)
      result[output] += (rounded[i] - Double(weight[i])) * means[input]
    }
    if case .diagonal = node.operation {
      // One weight per element: each position sees one of them.
      return result.map { $0 * Double(channels) / Double(max(weight.count, channels)) }
    }
    return result
  }

  /// The output channel and the input channel of each weight.
  private func inputChannels(_ node: Node, weightCount: Int, _ channels: Int, _ inputs: Int)
    -> (Int) -> (output: Int, input: Int)
  {
    var groups = 1
    switch node.operation {
    case .diagonal: return { ($0 % channels, $0 % inputs) }
    case .conv2d(let conv): groups = conv.groups
    default: break
    }
    let width = inputs / groups
    let length = weightCount / channels
    return { i in
      let output = i / length
      return (output, output / (channels / groups) * width + i % length % width)
    }
  }
}
