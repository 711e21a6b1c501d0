import SpikeIR

/// What drives the neurons of one population: its synapses, one neuron at a time.
indirect enum SonataCurrents {
  /// Weights on a value whose elements are neurons.
  case synapse(SonataSynapse, SonataSources)
  /// Several currents at the same place.
  case sum([SonataCurrents])
  /// The elements of another current, moved or added up.
  case elements(@Sendable (Int) -> [Int], SonataCurrents)
  /// Element i of the operand that holds it.
  case joined(@Sendable (Int) -> (operand: Int, element: Int), [SonataCurrents])

  /// The currents of a node.
  init(_ id: NodeID, _ graph: Graph, _ sources: [NodeID: SonataSources]) {
    let node = graph[id]
    let types = graph.operandTypes(of: id)
    func operand(_ position: Int = 0) -> SonataCurrents {
      SonataCurrents(node.operands[position], graph, sources)
    }
    switch node.operation {
    case .conv2d, .dense, .diagonal:
      self = .synapse(SonataSynapse(node, graph), sources[node.operands[0]]!)
    case .add: self = .sum(node.operands.indices.map { operand($0) })
    case .reshape: self = operand()
    case .transpose(let transpose):
      let order = Tensor.transposedIndices(types[0].shape, transpose.permutation)
      self = .elements({ [order[$0]] }, operand())
    case .pad, .sumPool:
      let window = SonataWindow(node, types[0])
      self = .elements({ window[$0] }, operand())
    case .concat(let concat):
      let runs = types.map { $0.shape[concat.axis...].reduce(1, *) }
      let total = runs.reduce(0, +)
      self = .joined(
        { element in
          var (part, rest) = (0, element % total)
          while rest >= runs[part] { (rest, part) = (rest - runs[part], part + 1) }
          return (part, element / total * runs[part] + rest)
        }, node.operands.indices.map { operand($0) })
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .maxPool, .encode,
      .fire, .readOut, .decode:
      preconditionFailure("\(node.operation.mnemonic) gives no currents")
    }
  }

  /// Calls `body` with each synapse of neuron `element` whose weight is not 0.
  func forEach(_ element: Int, _ body: (SonataNeuron, Int) throws -> Void) rethrows {
    switch self {
    case .synapse(let synapse, let sources):
      try synapse.forEach(element) { input, weight in
        for neuron in sources[input] { try body(neuron, weight) }
      }
    case .sum(let terms): for term in terms { try term.forEach(element, body) }
    case .elements(let others, let operand):
      for other in others(element) { try operand.forEach(other, body) }
    case .joined(let part, let operands):
      let (position, other) = part(element)
      try operands[position].forEach(other, body)
    }
  }

  /// The values that the synapses act on.
  var sources: [SonataSources] {
    switch self {
    case .synapse(_, let sources): [sources]
    case .sum(let terms), .joined(_, let terms): terms.flatMap(\.sources)
    case .elements(_, let operand): operand.sources
    }
  }
}

/// The weights of a conv2d, dense or diagonal node, one output element at a time.
struct SonataSynapse {
  private let weights: [Int32]
  private let multiplier: Int
  private let form: Form

  private enum Form {
    case convolution(Window2D, operand: [Int], result: [Int], groups: Int)
    case dense(inputs: Int)
    case diagonal
  }

  init(_ node: Node, _ graph: Graph) {
    let operand = graph.operandTypes(of: node.id)[0]
    func values(_ id: ConstantID) -> [Int32] { graph.constants[id].integers }
    switch node.operation {
    case .conv2d(let conv):
      (weights, multiplier) = (values(conv.weight), 1 << conv.shift)
      form = .convolution(
        conv.window(graph.constants), operand: operand.shape, result: node.type.shape,
        groups: conv.groups)
    case .dense(let dense):
      (weights, multiplier) = (values(dense.weight), 1 << dense.shift)
      form = .dense(inputs: operand.count)
    case .diagonal(let diagonal):
      (weights, multiplier) = (values(diagonal.weight), 1 << diagonal.shift)
      form = .diagonal
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
      .add, .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      preconditionFailure("\(node.operation.mnemonic) is no synapse")
    }
  }

  /// Calls `body` with each input of an output whose weight is not 0, and the weight.
  func forEach(_ output: Int, _ body: (Int, Int) throws -> Void) rethrows {
    switch form {
    case .dense(let inputs):
      for input in 0..<inputs where weights[output * inputs + input] != 0 {
        try body(input, Int(weights[output * inputs + input]) * multiplier)
      }
    case .diagonal:
      let weight = weights[output % weights.count]
      if weight != 0 { try body(output, Int(weight) * multiplier) }
    case .convolution(let window, let operand, let result, let groups):
      let (channel, place) = (output % result[2], output / result[2])
      let width = operand[2] / groups
      let first = channel / (result[2] / groups) * width
      var weight = channel * window.area * width
      for ky in 0..<window.kernel[0] {
        let y = place / result[1] * window.stride[0] + ky * window.dilation[0] - window.padding[0]
        for kx in 0..<window.kernel[1] {
          let x =
            place % result[1] * window.stride[1] + kx * window.dilation[1] - window.padding[1]
          defer { weight += width }
          guard y >= 0, y < operand[0], x >= 0, x < operand[1] else { continue }
          let input = (y * operand[1] + x) * operand[2] + first
          for c in 0..<width where weights[weight + c] != 0 {
            try body(input + c, Int(weights[weight + c]) * multiplier)
          }
        }
      }
    }
  }
}
