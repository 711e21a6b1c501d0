import SpikeIR

extension Graph {
  /// The CNN that a network of the spiking stage stands for: what its rates become over ever more
  /// timesteps, if a neuron could send more than one spike at a time.
  ///
  /// Populations become rectifications of the same name, encoders and read-outs diagonals; all
  /// values count in the populations' λ. Weights must still be floats.
  ///
  /// - Throws: a `Diagnostic` if the network is quantised.
  public func rateNetwork() throws -> Graph {
    guard !facts.contains(.quantized) else {
      throw Diagnostic("a quantised network has lost the CNN that it was made of")
    }
    var graph = self
    for id in order {
      try graph.replaceByRates(id)
      let node = graph[id]
      graph[id].type = try graph.inferType(
        node.operation.parameters, node.operands, declared: node.type.with(.f32),
        origin: node.origin)
    }
    return graph
  }

  private mutating func replaceByRates(_ id: NodeID) throws {
    let node = self[id]
    switch node.operation {
    case .encode(let encode):
      let step = constants[encode.step].floats
      let offset = constants[encode.offset].floats
      self[id].operation = affine(
        node, factor: step.map { 1 / $0 },
        shift: offset.indices.map { -offset[$0] / step[$0 % step.count] })
    case .readOut(let readOut):
      let scale = constants[readOut.scale].floats
      let bias = readOut.bias.map { constants[$0].floats } ?? [0]
      self[id].operation = affine(
        node, factor: scale, shift: Scale(scale).multiplied(by: Scale(bias), node.type).values)
    case .decode(let decode):
      self[id].operation = affine(node, factor: constants[decode.scale].floats, shift: [0])
    case .fire(let fire):
      let inverse = Scale(constants[fire.threshold].floats.map { 1 / $0 })
      let bias = Scale(fire.bias.map { constants[$0].floats } ?? [0])
      let current = try add(
        "\(node.name).rate",
        parameters(
          node, factor: inverse.values, shift: inverse.multiplied(by: bias, node.type).values),
        node.operands, origin: node.origin, before: id)
      self[id].operands = [current]
      self[id].operation = .relu(ReLU(ceiling: fire.ceiling))
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad:
      break
    }
  }

  private mutating func affine(_ node: Node, factor: [Float], shift: [Float]) -> Operation {
    .diagonal(parameters(node, factor: factor, shift: shift))
  }

  private mutating func parameters(_ node: Node, factor: [Float], shift: [Float]) -> Diagonal {
    func constant(_ name: String, _ values: [Float]) -> ConstantID {
      constants.add("\(node.name).\(name)", Tensor(Scale(values).shape(node.type), values))
    }
    return Diagonal(weight: constant("factor", factor), bias: constant("shift", shift))
  }
}
