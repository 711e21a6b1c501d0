import SpikeIR

/// The kernels of a graph of the spiking stage, prepared once and shared by all threads.
final class SpikingNetwork<Scalar: SpikeScalar>: Sendable {
  /// What one node does in a timestep (or, layerwise, once).
  enum Kernel: Sendable {
    case input
    case encode(SpikeEncoder)
    case synapse(SpikeSynapse<Scalar>, multiplier: Scalar)
    case sum
    case move(order: [Int]?)
    case join(runs: [Int])
    case pad(TensorType, [Int])
    case sumPool(TensorType, Window2D)
    case maxPool(TensorType, Window2D)
    case fire(Neurons)
    case readOut(Neurons, scale: [Double])
    case decode(scale: [Double])
  }

  /// The constants of a population or read-out, one per neuron.
  struct Neurons: Sendable {
    let kind: Neuron
    let multiplier: Scalar
    let bias: Buffer<Scalar>
    let threshold: Buffer<Scalar>
    let start: Buffer<Scalar>
  }

  struct Step: Sendable {
    let node: NodeID
    let kernel: Kernel
    let operands: [NodeID]
    let count: Int
    /// Whether the value is the same at every timestep, because it depends on no spike.
    let isConstant: Bool
    /// The fan-out of each element, if the node is a spike source.
    let fanOut: [Int]?
  }

  let graph: Graph
  let steps: [Step]
  let sources: [SpikeSource]
  /// The synapses that direct input levels drive in one timestep.
  let inputOperations: Int
  /// The synapses of all sources and of direct input levels together.
  let synapses: Int

  /// - Parameter convolution: what a convolution of the given operand and result becomes.
  init(
    _ graph: Graph,
    convolution: (Convolution2D, TensorType, TensorType) -> SpikeSynapse<Scalar>
  ) throws {
    self.graph = graph
    let fanOut = FanOut(graph)
    var constant: Set<NodeID> = []
    var steps: [Step] = []
    var sources: [SpikeSource] = []
    var inputOperations = 0
    for node in graph.nodes {
      let kernel = try SpikingNetwork.kernel(node, graph, convolution)
      if SpikingNetwork.keepsConstant(kernel), node.operands.allSatisfy(constant.contains) {
        constant.insert(node.id)
      }
      let source = SpikingNetwork.source(node, isConstant: constant.contains(node.id))
      if let source { sources.append(source) }
      if case .encode(let encoder) = kernel, encoder.isConstant {
        inputOperations += fanOut[node.id].reduce(0, +)
      }
      steps.append(
        Step(
          node: node.id, kernel: kernel, operands: node.operands, count: node.type.count,
          isConstant: constant.contains(node.id),
          fanOut: source == nil ? nil : fanOut[node.id]))
    }
    self.steps = steps
    self.sources = sources
    self.inputOperations = inputOperations
    synapses = steps.reduce(inputOperations) { $0 + ($1.fanOut?.reduce(0, +) ?? 0) }
  }

  /// A network in which only what is not 0 costs time.
  convenience init(_ graph: Graph) throws {
    try self.init(graph) { conv, operand, result in
      .convolution(SpikeConvolution(conv, operand, result, graph))
    }
  }

  private static func keepsConstant(_ kernel: Kernel) -> Bool {
    switch kernel {
    case .input: true
    case .encode(let encoder): encoder.isConstant
    case .synapse, .sum, .move, .join, .pad, .sumPool, .maxPool: true
    case .fire, .readOut, .decode: false
    }
  }

  private static func source(_ node: Node, isConstant: Bool) -> SpikeSource? {
    let kind: SpikeSource.Kind
    switch node.operation {
    case .fire: kind = .population
    case .encode(let encode) where encode.coding != .direct: kind = .input
    case .maxPool where !isConstant: kind = .pool
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
      .readOut, .decode:
      return nil
    }
    return SpikeSource(node: node.id, name: node.name, kind: kind, neurons: node.type.count)
  }

  private static func kernel(
    _ node: Node, _ graph: Graph,
    _ convolution: (Convolution2D, TensorType, TensorType) -> SpikeSynapse<Scalar>
  ) throws -> Kernel {
    let types = graph.operandTypes(of: node.id)
    func shifted(_ shift: Int) -> Scalar { Scalar(integer: 1 << Int32(shift)) }
    switch node.operation {
    case .input: return .input
    case .encode(let encode): return .encode(SpikeEncoder(encode, graph))
    case .conv2d(let conv):
      return .synapse(
        convolution(conv, types[0], node.type), multiplier: shifted(conv.shift))
    case .dense(let dense):
      return .synapse(.dense(SpikeDense(dense, graph)), multiplier: shifted(dense.shift))
    case .diagonal(let diagonal):
      return .synapse(
        .diagonal(SpikeDiagonal(diagonal, node.type, graph)), multiplier: shifted(diagonal.shift))
    case .add: return .sum
    case .reshape: return .move(order: nil)
    case .transpose(let transpose):
      return .move(order: Tensor.transposedIndices(types[0].shape, transpose.permutation))
    case .concat(let concat):
      return .join(runs: types.map { $0.shape[concat.axis...].reduce(1, *) })
    case .pad(let pad): return .pad(types[0], pad.padding)
    case .sumPool(let pool): return .sumPool(types[0], pool.window)
    case .maxPool(let pool): return .maxPool(types[0], pool.window)
    case .fire(let fire):
      return .fire(
        neurons(
          node, graph, fire.fractionBits, fire.bias, fire.threshold, fire.start, fire.neuron))
    case .readOut(let readOut):
      return .readOut(
        neurons(node, graph, readOut.fractionBits, readOut.bias, nil, nil),
        scale: graph.constants[readOut.scale].floats.map { Double($0) })
    case .decode(let decode):
      return .decode(scale: graph.constants[decode.scale].floats.map { Double($0) })
    case .batchNorm, .relu, .leakyRelu, .activation, .averagePool:
      throw Diagnostic(
        "'\(node.operation.mnemonic)' belongs to the analog stage; run lower-to-spiking first",
        origin: node.origin)
    }
  }

  private static func neurons(
    _ node: Node, _ graph: Graph, _ fractionBits: Int, _ bias: ConstantID?,
    _ threshold: ConstantID?, _ start: ConstantID?, _ kind: Neuron = .generic
  ) -> Neurons {
    func spread(_ id: ConstantID?) -> Buffer<Scalar> {
      let tensor = id.map { graph.constants[$0] } ?? Tensor([1], [0])
      return Buffer(tensor.scalars(spreadOver: node.type.count))
    }
    return Neurons(
      kind: kind, multiplier: Scalar(integer: 1 << Int32(fractionBits)), bias: spread(bias),
      threshold: spread(threshold), start: spread(start))
  }
}

extension SpikingNetwork where Scalar == Double {
  /// A network for levels and sums few of which are 0: convolutions are matrix products.
  static func dense(_ graph: Graph) throws -> SpikingNetwork<Double> {
    try SpikingNetwork(graph) { conv, operand, result in
      // Products of few channels take longer than what they leave out.
      guard conv.groups == 1 else {
        return .convolution(SpikeConvolution(conv, operand, result, graph))
      }
      let product = ConvolutionProduct<Double>(
        conv.window(graph.constants), operand, result, groups: 1,
        graph.constants[conv.weight].scalars())
      return .product { product.add($0, count: 1, to: $1) }
    }
  }
}
