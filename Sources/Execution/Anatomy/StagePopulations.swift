import SpikeIR

/// The populations and read-outs of a network at one stage of its compilation, each with what
/// leads to it from the populations before: what they would do with constant currents.
struct StagePopulations: Sendable {
  /// What drives a population or read-out, and its constants, one per element.
  struct Member: Sendable {
    let cone: Cone
    let multiplier: Double
    let bias: [Double]
    /// Empty for a read-out.
    let threshold: [Double]
    let start: [Double]
    /// What a read-out's unit is worth; empty for a population.
    let scale: [Double]
    /// The most spikes of a timestep.
    let spikes: Int

    /// Currents with the bias, of every timestep, from what the sources send per timestep.
    private func currents(_ values: [NodeID: [Float]]) -> [Double] {
      let currents = cone.run(values, count: 1)
      return currents.indices.map { Double(currents[$0]) * multiplier + bias[$0] }
    }

    /// Firing rates: `clamp(⌊(T · current + V(0)) / θ⌋, 0, T · spikes) / T`.
    func rates(_ values: [NodeID: [Float]], timesteps: Int) -> [Double] {
      let (currents, steps) = (currents(values), Double(timesteps))
      return currents.indices.map { i in
        let count = ((steps * currents[i] + start[i]) / threshold[i]).rounded(.down)
        return min(max(count, 0), steps * Double(spikes)) / steps
      }
    }

    /// The logits of a read-out.
    func logits(_ values: [NodeID: [Float]]) -> [Double] {
      let currents = currents(values)
      return currents.indices.map { currents[$0] * scale[$0] }
    }
  }

  /// By name, which all stages have in common.
  let members: [String: Member]
  /// The nodes that values come from, by name.
  let sources: [String: NodeID]

  /// - Throws: a `Diagnostic` if the graph is not of the spiking stage.
  init(_ original: Graph) throws {
    let graph = original.withoutShifts
    var sources: [String: NodeID] = [:]
    for node in graph.nodes {
      switch node.operation {
      case .encode, .fire: sources[node.name] = node.id
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .readOut,
        .decode:
        continue
      }
    }
    let anchors = Set(sources.values)
    var members: [String: Member] = [:]
    for node in graph.nodes {
      func spread(_ id: ConstantID?) -> [Double] {
        Scale(id.map { graph.constants[$0].floats } ?? [0]).perElement(node.type).map { Double($0) }
      }
      func cone() throws -> Cone { try Cone(of: node.operands[0], in: graph, from: anchors) }
      switch node.operation {
      case .fire(let fire):
        members[node.name] = Member(
          cone: try cone(), multiplier: Double(1 << fire.fractionBits), bias: spread(fire.bias),
          threshold: spread(fire.threshold), start: spread(fire.start), scale: [],
          spikes: fire.neuron.spikes)
      case .readOut(let readOut):
        members[node.name] = Member(
          cone: try cone(), multiplier: Double(1 << readOut.fractionBits),
          bias: spread(readOut.bias), threshold: [], start: [], scale: spread(readOut.scale),
          spikes: 1)
      case .decode(let decode):
        members[node.name] = Member(
          cone: try cone(), multiplier: 1, bias: spread(nil), threshold: [], start: [],
          scale: spread(decode.scale), spikes: 1)
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode:
        continue
      }
    }
    (self.members, self.sources) = (members, sources)
  }

  /// Values that are known by name, by this stage's ids.
  func named(_ values: [String: [Float]]) -> [NodeID: [Float]] {
    var result: [NodeID: [Float]] = [:]
    for (name, id) in sources { result[id] = values[name] }
    return result
  }
}

extension Graph {
  /// The same network with float weights, into which the synapses' shifts are multiplied.
  fileprivate var withoutShifts: Graph {
    var graph = self
    for node in nodes {
      guard var synapse = node.operation.parameters as? any Synapse, synapse.shift > 0 else {
        continue
      }
      let weight = constants[synapse.weight]
      let factor = Float(1 << synapse.shift)
      synapse.weight = graph.constants.add(
        constants.name(of: synapse.weight), Tensor(weight.shape, weight.floats.map { $0 * factor }))
      synapse.shift = 0
      graph[node.id].operation = synapse.operation
    }
    return graph
  }
}
