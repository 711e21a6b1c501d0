import SpikeIR

/// Moves constant factors between the values of an analog graph without changing what it computes.
///
/// Each target node gets a factor F, and its new value is the old one divided by F. The factor
/// travels through structural operations and pooling (which commute with a factor per channel)
/// into the weights of the next synapses; the synapses in front of a rectification take the
/// division: `Ŵ = W · λ_in / λ_out`, `b̂ = b / λ_out`. Where two factors meet that differ, as at
/// a shortcut, a diagonal synapse takes the quotient.
struct Rescaling {
  /// The factor of each target, in the shape of a `Scale` of the node's value.
  private let targets: [NodeID: Scale]
  /// What the old value of a linear node shall be divided by, because its only user wants so.
  private var demands: [NodeID: Scale] = [:]
  /// Old value = factor · new value, for the nodes that have been done.
  private var factors: [NodeID: Scale] = [:]

  /// Divides the value of each node in `targets` by its factor.
  ///
  /// - Throws: a `Diagnostic` where a factor per element meets a convolution.
  static func apply(_ targets: [NodeID: Scale], to graph: inout Graph) throws {
    var rescaling = Rescaling(targets: targets)
    rescaling.collectDemands(graph)
    for id in graph.order { try rescaling.rescale(id, in: &graph) }
    graph.removeDeadNodes()
    try graph.reinferTypes()
  }

  private init(targets: [NodeID: Scale]) { self.targets = targets }

  /// Walks from the users to their operands: what a rectification is divided by, the linear
  /// nodes in front of it are divided by.
  private mutating func collectDemands(_ graph: Graph) {
    var uses = graph.users().mapValues(\.count)
    for output in graph.outputs { uses[output, default: 0] += 1 }
    for node in graph.order.reversed().map({ graph[$0] }) {
      for (position, operand) in node.operands.enumerated() where uses[operand] == 1 {
        guard targets[operand] == nil || graph[operand].operation.isStructural,
          let demand = operandDemand(node, position, graph)
        else { continue }
        demands[operand] = demand
      }
    }
  }

  private func operandDemand(_ node: Node, _ position: Int, _ graph: Graph) -> Scale? {
    let type = graph[node.operands[position]].type
    switch node.operation {
    case .relu:
      return targets[node.id] ?? .one
    case .add:
      return demands[node.id]
    case .reshape:
      return demands[node.id].map { Scale($0.perElement(node.type)).simplified(type) }
    case .averagePool, .sumPool, .maxPool, .pad:
      guard let demand = demands[node.id], demand.perChannel(node.type) != nil else { return nil }
      return demand.multiplied(by: (targets[node.id] ?? .one).inverse, node.type)
    case .concat(let concat):
      return demands[node.id].map {
        concat.part(position, of: $0, node.type, graph.operandTypes(of: node.id))
      }
    case .transpose(let transpose):
      return demands[node.id].map { untransposed($0, transpose, node.type, type) }
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .leakyRelu, .activation, .encode, .fire,
      .readOut, .decode:
      return nil
    }
  }

  /// The factors of the operand's elements, from those of the transposed value.
  private func untransposed(
    _ factor: Scale, _ transpose: Transpose, _ type: TensorType, _ operand: TensorType
  ) -> Scale {
    if factor.isUniform { return Scale([factor.values[0]]) }
    let inverse = transpose.permutation.indices.map { transpose.permutation.firstIndex(of: $0)! }
    let full = Tensor(type.shape, factor.perElement(type))
    return Scale(full.transposed(inverse).floats).simplified(operand)
  }

  private mutating func rescale(_ id: NodeID, in graph: inout Graph) throws {
    let node = graph[id]
    let target = targets[id] ?? .one
    switch node.operation {
    case .conv2d, .dense, .diagonal:
      factors[id] = try rescaleSynapse(node, in: &graph)
    case .add:
      let common = demands[id] ?? .one
      for position in node.operands.indices {
        try bridge(position, to: common, for: id, in: &graph)
      }
      factors[id] = common
    case .relu:
      try bridge(0, to: target, for: id, in: &graph)
      factors[id] = target
    case .averagePool, .sumPool, .maxPool, .pad, .reshape, .transpose, .concat:
      let carried = node.operation.carry(
        node.operands.map { factors[$0]! }, node.type, graph.operandTypes(of: id))
      guard carried.values.allSatisfy({ !$0.isNaN }) else { throw perElement(node) }
      factors[id] = carried.multiplied(by: target, node.type).simplified(node.type)
    case .input:
      factors[id] = target
    case .batchNorm, .leakyRelu, .activation:
      try bridge(0, to: .one, for: id, in: &graph)
      factors[id] = .one
    case .encode, .fire, .readOut, .decode:
      preconditionFailure("rescaling works on the analog stage")
    }
    annotate(id, in: &graph)
  }

  /// Keeps true value = scale · value: a target's factor, or that of a node with its own scale.
  private func annotate(_ id: NodeID, in graph: inout Graph) {
    let node = graph[id]
    guard let factor = factors[id], targets[id] != nil || node.scale != nil && factor != .one
    else { return }
    let old = node.scale.map { Scale(graph.constants[$0].floats) } ?? .one
    let scale = old.multiplied(by: factor, node.type).simplified(node.type)
    graph[id].scale = graph.constants.add(
      "\(node.name).scale", Tensor(scale.shape(node.type), scale.values))
  }

  /// Multiplies a synapse's weights by the factor of its operand, divides them by its demand.
  private func rescaleSynapse(_ node: Node, in graph: inout Graph) throws -> Scale {
    let operand = node.operands[0]
    let inFactor = factors[operand]!
    var outFactor = demands[node.id] ?? .one
    let weights = SynapseWeights(node, graph)
    if !weights.takesOutputFactor(outFactor, node.type) { outFactor = .one }
    guard weights.takesInputFactor(inFactor, graph[operand].type) else {
      throw perElement(graph[operand])
    }
    if inFactor == .one && outFactor == .one { return .one }
    graph[node.id].operation = weights.scaled(
      input: inFactor, output: outFactor.inverse, node, &graph)
    return outFactor
  }

  /// Puts a diagonal synapse in front of `user` if the operand there has another factor.
  private func bridge(
    _ position: Int, to factor: Scale, for user: NodeID, in graph: inout Graph
  ) throws {
    let operand = graph[user].operands[position]
    let type = graph[operand].type
    let current = factors[operand]!.simplified(type)
    guard current != factor.simplified(type) else { return }
    let quotient = current.multiplied(by: factor.inverse, type)
    let weight = graph.constants.add(
      "\(graph[operand].name).shortcut", Tensor(quotient.shape(type), quotient.values))
    let bridge = try graph.add(
      "\(graph[operand].name).shortcut", Diagonal(weight: weight), [operand],
      origin: graph[operand].origin, before: user)
    graph[user].operands[position] = bridge
  }

  private func perElement(_ node: Node) -> Diagnostic {
    Diagnostic(
      "its values have different scales within one channel, which no convolution can take",
      origin: node.origin, notes: ["use --per-layer"])
  }
}
