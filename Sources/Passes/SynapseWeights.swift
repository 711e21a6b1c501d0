import SpikeIR

/// How the weights of a synapse are indexed by its inputs and outputs.
struct SynapseWeights {
  private let weight: Tensor
  private let bias: Tensor?
  private let kind: Kind

  private enum Kind {
    /// Output index, input index for each weight; `[O, ..., C / groups]`.
    case filter(groups: Int)
    /// One weight per element, channel, or in all.
    case diagonal
  }

  /// The weights of a conv2d, dense or diagonal node. Traps on any other.
  init(_ node: Node, _ graph: Graph) {
    let synapse = node.operation.synapse!
    weight = graph.constants[synapse.weight]
    bias = synapse.bias.map { graph.constants[$0] }
    kind =
      if case .conv2d(let conv) = node.operation {
        .filter(groups: conv.groups)
      } else if case .dense = node.operation { .filter(groups: 1) } else { .diagonal }
  }

  /// Whether the weights can absorb a factor of the operand's elements.
  func takesInputFactor(_ factor: Scale, _ operand: TensorType) -> Bool {
    switch kind {
    case .filter: operand.shape.count == 1 || factor.perChannel(operand) != nil
    case .diagonal: true
    }
  }

  /// Whether the weights can absorb a factor of the result's elements.
  func takesOutputFactor(_ factor: Scale, _ type: TensorType) -> Bool {
    switch kind {
    case .filter: factor.perChannel(type) != nil
    case .diagonal: true
    }
  }

  /// The operation with weights and bias as new constants: each weight times the factor of its
  /// input times the factor of its output, each bias times the factor of its output.
  func scaled(input: Scale, output: Scale, _ node: Node, _ graph: inout Graph) -> Operation {
    var synapse = node.operation.synapse!
    let (weight, bias) =
      switch kind {
      case .filter(let groups): filter(input, output, groups, node, graph)
      case .diagonal: diagonal(input, output, node.type)
      }
    synapse.weight = graph.constants.add(graph.constants.name(of: synapse.weight), weight)
    if let old = synapse.bias, let bias {
      synapse.bias = graph.constants.add(graph.constants.name(of: old), bias)
    }
    return synapse.operation
  }

  private func filter(
    _ input: Scale, _ output: Scale, _ groups: Int, _ node: Node, _ graph: Graph
  ) -> (Tensor, Tensor?) {
    let inputs = input.perChannel(graph[node.operands[0]].type)!
    let outputs = output.perChannel(node.type)!
    var weight = weight
    let (rows, width) = (weight.shape[0], weight.shape.last!)
    weight.withFloats { values in
      let rowLength = values.count / max(rows, 1)
      for row in 0..<rows {
        let firstInput = row / (rows / groups) * width
        for i in row * rowLength..<(row + 1) * rowLength {
          values[i] *= inputs[firstInput + i % width] * outputs[row]
        }
      }
    }
    var bias = bias
    bias?.withFloats { values in for i in values.indices { values[i] *= outputs[i] } }
    return (weight, bias)
  }

  private func diagonal(_ input: Scale, _ output: Scale, _ type: TensorType) -> (Tensor, Tensor?) {
    let scaledWeight = Scale(weight.floats).multiplied(by: input, type)
      .multiplied(by: output, type)
    let scaledBias = bias.map { Scale($0.floats).multiplied(by: output, type) }
    return (
      Tensor(scaledWeight.shape(type), scaledWeight.values),
      scaledBias.map { Tensor($0.shape(type), $0.values) }
    )
  }
}

extension Operation {
  /// The parameters if the operation is a synapse.
  var synapse: (any Synapse)? { parameters as? any Synapse }

  /// Whether the operation only moves elements or pools within a channel.
  var isStructural: Bool {
    switch self {
    case .averagePool, .sumPool, .maxPool, .pad, .reshape, .transpose, .concat: true
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .add,
      .encode, .fire, .readOut, .decode:
      false
    }
  }
}
