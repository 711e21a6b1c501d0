import SpikeIR

/// A network made ready to tell, sample by sample, what each layer's error consists of.
struct Dissection: Sendable {
  /// What sources send per timestep: the CNN's values, and what the network really sends.
  struct Values {
    let exact: [String: [Float]]
    let actual: [String: [Float]]
  }

  let replay: AnalogReplay
  /// The node of the CNN that gives the logits.
  let output: NodeID
  /// All layers, empty.
  let layers: [LayerError]
  private let cnn: Graph
  private let schedule: Schedule
  private let timesteps: Int
  private let mapped: StagePopulations
  private let fitted: StagePopulations
  private let final: StagePopulations
  /// λ of each element of a population, by name.
  private let scales: [String: [Double]]
  private let encoders: [(name: String, encoder: SpikeEncoder)]
  /// The position of each spike source in results, by name.
  private let positions: [String: Int]

  init(
    _ stages: ConversionStages, _ executor: any SpikingExecutor, _ schedule: Schedule,
    timesteps: Int
  ) throws {
    let cnn = try stages.mapped.rateNetwork()
    self.cnn = cnn
    self.schedule = schedule
    self.timesteps = timesteps
    mapped = try StagePopulations(stages.mapped)
    fitted = try StagePopulations(stages.fitted)
    final = try StagePopulations(stages.final)
    positions = Dictionary(
      uniqueKeysWithValues: executor.sources.enumerated().map { ($1.name, $0) })
    var layers: [LayerError] = []
    var scales: [String: [Double]] = [:]
    var encoders: [(name: String, encoder: SpikeEncoder)] = []
    for node in stages.final.nodes {
      switch node.operation {
      case .encode(let encode) where encode.coding == .direct:
        encoders.append((node.name, SpikeEncoder(encode, stages.final)))
      case .fire:
        guard let twin = stages.mapped.node(named: node.name), mapped.members[node.name] != nil,
          fitted.members[node.name] != nil
        else {
          throw Diagnostic("the CNN has no such population", origin: node.origin)
        }
        scales[node.name] = stages.mapped.scale(of: twin).perElement(node.type).map { Double($0) }
        layers.append(LayerError(node, isPopulation: true))
      case .readOut, .decode:
        if node.id == stages.final.outputs[0] {
          layers.append(LayerError(node, isPopulation: false))
        }
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode:
        continue
      }
    }
    (self.layers, self.scales, self.encoders) = (layers, scales, encoders)
    output = cnn.outputs[0]
    let names = layers.filter(\.isPopulation).map(\.name)
    replay = try AnalogReplay(cnn, replaced: names.map { cnn.node(named: $0)! })
  }

  func values(_ cnn: [NodeID: [Float]], _ sample: WatchedSample) -> Values {
    var (exact, actual): ([String: [Float]], [String: [Float]]) = ([:], [:])
    for name in final.sources.keys {
      exact[name] = cnn[self.cnn.node(named: name)!]!
      if let position = positions[name] {
        actual[name] = sample.counts[position].map { Float($0) / Float(timesteps) }
      }
    }
    for (name, encoder) in encoders {
      actual[name] = sample.values.indices.map {
        Float(encoder.level(sample.values[$0], $0, at: 1, sample: sample.number))
      }
    }
    return Values(exact: exact, actual: actual)
  }

  /// Adds one sample to a layer; gives the logits if only this layer spiked.
  func note(
    _ layer: inout LayerError, _ cnn: [NodeID: [Float]], _ values: Values, _ sample: WatchedSample
  ) -> [Float] {
    guard layer.isPopulation else { return noteReadOut(&layer, cnn, values, sample) }
    let (name, steps) = (layer.name, Double(timesteps))
    func rates(_ stage: StagePopulations, _ sources: [String: [Float]]) -> [Double] {
      stage.members[name]!.rates(stage.named(sources), timesteps: timesteps)
    }
    let activation = values.exact[name]!
    let (rounded, refitted) = (rates(mapped, values.exact), rates(fitted, values.exact))
    let quantised = rates(final, values.exact)
    let counts = sample.counts[positions[name]!]
    // Layerwise the order of spikes means nothing: the hybrid is the population itself.
    let fed = schedule == .layerwise ? nil : rates(final, values.actual)
    let most = timesteps * final.members[name]!.spikes
    let (scale, width) = (scales[name]!, layer.channels.count)
    var alone = activation
    var parts = [Double](repeating: 0, count: ErrorPart.allCases.count)
    for i in activation.indices {
      let (x, rate) = (Double(activation[i]), Double(counts[i]) / steps)
      let clipped = min(max(x, 0), Double(final.members[name]!.spikes))
      let inherited = fed?[i] ?? rate
      parts[0] = (clipped - x) * scale[i]
      parts[1] = (rounded[i] - clipped) * scale[i]
      parts[2] = (refitted[i] - rounded[i]) * scale[i]
      parts[3] = (quantised[i] - refitted[i]) * scale[i]
      parts[4] = (inherited - quantised[i]) * scale[i]
      parts[5] = (rate - inherited) * scale[i]
      layer.sums.add(activation: x * scale[i], parts)
      layer.channels[i % width].note(counts[i], most, x * scale[i])
      alone[i] = Float(quantised[i] + rate - inherited)
    }
    layer.spikes += sample.result.spikes[positions[name]!]
    layer.synapticOperations += sample.result.synapticOperations[positions[name]!]
    return replay.output(cnn, replacing: self.cnn.node(named: name)!, with: alone)
  }

  private func noteReadOut(
    _ layer: inout LayerError, _ cnn: [NodeID: [Float]], _ values: Values, _ sample: WatchedSample
  ) -> [Float] {
    func logits(_ stage: StagePopulations) -> [Double] {
      stage.members[layer.name]!.logits(stage.named(values.exact))
    }
    let exact = cnn[output]!
    let (fitted, final) = (logits(fitted), logits(final))
    let actual = sample.result.outputs[0]
    for i in exact.indices {
      let x = Double(exact[i])
      layer.sums.add(
        activation: x, [0, 0, fitted[i] - x, final[i] - fitted[i], actual[i] - final[i], 0])
    }
    return final.map { Float($0) }
  }
}

extension ChannelActivity {
  fileprivate mutating func note(_ count: Int32, _ most: Int, _ activation: Double) {
    spikes += Int(count)
    full += count == most ? 1 : 0
    values += 1
    largest = max(largest, activation)
  }
}
