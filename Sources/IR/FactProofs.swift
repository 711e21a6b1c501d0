extension Graph {
  /// Proves that a fact holds of this graph.
  ///
  /// - Throws: a `Diagnostic` about the first node that contradicts it.
  func prove(_ fact: Fact) throws {
    if fact == .currentsResolved { try proveCurrents() }
    for node in nodes {
      guard let reason = contradiction(node, to: fact) else { continue }
      throw Diagnostic(
        "\(fact.rawValue) does not hold: %\(node.name) \(reason)", origin: node.origin)
    }
    if fact == .quantized { try proveRanges() }
  }

  /// Why a node contradicts a fact; nil if it does not.
  private func contradiction(_ node: Node, to fact: Fact) -> String? {
    switch fact {
    case .batchNormFolded:
      if case .batchNorm = node.operation { return "is a batch_norm" }
    case .averagePoolingAbsorbed:
      if case .averagePool = node.operation { return "is an average_pool" }
    case .currentsNormalized:
      if node.operation.isPopulation, node.scale == nil { return "has no scale" }
    case .currentsResolved:
      return nil
    case .spiking:
      return spikingContradiction(node)
    case .quantized:
      if let reason = spikingContradiction(node) { return reason }
      if case .fire(let fire) = node.operation, fire.neuron.decay != 1 {
        return "has neurons with a leak, which integers do not follow"
      }
      for (name, id) in node.operation.constants where name != "scale" {
        if case .encode = node.operation { continue }
        if !constants[id].isInteger { return "has a \(name) that is no integer" }
      }
    }
    return nil
  }

  private func spikingContradiction(_ node: Node) -> String? {
    switch node.operation {
    case .batchNorm, .relu, .leakyRelu, .activation, .averagePool:
      return "is \(node.operation.mnemonic), which belongs to the analog stage"
    case .encode:
      if case .input = self[node.operands[0]].operation { return nil }
      return "encodes what is no input"
    case .input:
      return outputs.contains(node.id) ? "is analog, and an output" : nil
    case .readOut, .decode, .fire:
      return nil
    case .conv2d, .dense, .diagonal, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad:
      return node.type.element == .f32 ? "gives analog values" : nil
    }
  }

  /// Proves that no membrane, and no sum of a value over time, leaves 32 bits within the graph's
  /// timesteps. Currents are summed over time in the layerwise schedule only, which not all
  /// neurons have.
  private func proveRanges() throws {
    guard let timesteps else { throw Diagnostic("a quantised graph states its timesteps") }
    var ranges = RangeAnalysis()
    let isLayerwise = specialPopulation == nil
    for node in nodes {
      let range: Interval
      switch node.operation {
      case .fire, .readOut: range = ranges.membrane(node.id, self, timesteps: timesteps)
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
        .decode:
        // A decoding adds up its operand, which was bounded when its own turn came.
        let isSummed = isLayerwise || node.type.element != .current
        range = ranges.perStep(node.id, self) * (isSummed ? Int64(timesteps) : 1)
      }
      guard range.magnitude <= Int64(Int32.max) else {
        throw Diagnostic(
          "%\(node.name) can reach \(range.magnitude) in \(timesteps) timesteps, beyond 32 bits",
          origin: node.origin)
      }
    }
  }
}
