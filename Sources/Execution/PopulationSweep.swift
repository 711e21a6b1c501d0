import SpikeIR

/// A walk through a network of the spiking stage, population by population, that keeps what every
/// spike source sends for a few samples: each population can be fitted to the spikes that will
/// really reach it.
///
/// Beside it the CNN is run, so that each population knows what it ought to send.
public struct PopulationSweep: Sendable {
  private let cnn: Graph
  private let samples: FloatSamples
  private let schedule: Schedule
  private let timesteps: Int

  /// - Parameters:
  ///   - cnn: the network's `rateNetwork()`, which the populations are fitted to.
  ///   - samples: what both take.
  public init(cnn: Graph, samples: FloatSamples, schedule: Schedule, timesteps: Int) {
    self.cnn = cnn
    self.samples = samples
    self.schedule = schedule
    self.timesteps = timesteps
  }

  /// Shows every population of `graph` in order; `fit` may change its constants, and those of its
  /// synapses, before it fires for the populations behind it.
  ///
  /// - Parameter readOut: gets every read-out with what its current lacks on average, per timestep
  ///   and channel, of the CNN's.
  /// - Throws: a `Diagnostic` if the two graphs do not belong together.
  public func run(
    _ graph: inout Graph, progress: (Int) -> Void = { _ in },
    fit: (inout Graph, Population) throws -> Void,
    readOut: (inout Graph, NodeID, [Float]) throws -> Void = { _, _, _ in }
  ) throws {
    var trains = try TrainStore(graph, anchors: graph.spikeSources, timesteps: timesteps)
    var activations = try TrainStore(cnn, anchors: cnn.rectifications, timesteps: 1)
    for input in cnn.inputs {
      activations.keep(try forEachSample { .fixed(samples.read($0..<$0 + 1)) }, of: input)
    }
    for id in graph.order {
      switch graph[id].operation {
      case .encode(let encode):
        let encoder = SpikeEncoder(encode, graph)
        trains.keep(try forEachSample { coded($0, encoder) }, of: id)
      case .maxPool(let pool):
        let operand = graph[id].operands[0]
        let incoming = try trains.incoming(operand, graph)
        let kernel = AnalogPool(.maximum, pool.window, graph[operand].type, graph[id].type)
        let elements = graph[operand].type.count
        trains.keep(
          try forEachSample { pooled(incoming.values(of: $0), kernel, elements) }, of: id)
      case .fire:
        let targets = try target(graph[id], &activations)
        let operand = graph[id].operands[0]
        let before = try trains.incoming(operand, graph).keeping(of: samples.count)
        try fit(
          &graph,
          Population(
            node: id, schedule: schedule, timesteps: timesteps, samples: samples.count,
            incoming: before, targets: targets))
        let after = try trains.incoming(operand, graph)
        // What the fit left alone need not be worked out again.
        let incoming = after.cone.hasConstants(of: before.cone) ? before : after
        let neurons = PopulationNeurons(graph, id, schedule, timesteps)
        trains.keep(try forEachSample { neurons.fire(incoming.values(of: $0)) }, of: id)
        progress(1)
      case .readOut:
        try readOut(&graph, id, lack(graph, id, trains, activations))
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .add, .concat, .reshape, .transpose, .pad, .decode:
        break
      }
    }
  }

  /// The mean over all samples of the CNN's current into a read-out less the spiking network's.
  private func lack(
    _ graph: Graph, _ readOut: NodeID, _ trains: TrainStore, _ activations: TrainStore
  ) throws -> [Float] {
    guard let twin = cnn.node(named: graph[readOut].name) else {
      throw Diagnostic("the CNN has no such output", origin: graph[readOut].origin)
    }
    let incoming = try trains.incoming(graph[readOut].operands[0], graph)
    let targets = try activations.incoming(cnn[twin].operands[0], cnn)
    let channels = graph[readOut].type.channels
    let parts = try forEachSample { sample in
      let (current, target) = (incoming.values(of: sample), targets.values(of: sample))
      let steps = schedule == .layerwise ? timesteps : current.count / target.count
      var sums = [Float](repeating: 0, count: channels)
      for (i, value) in target.enumerated() { sums[i % channels] += value }
      for (i, value) in current.enumerated() { sums[i % channels] -= value / Float(steps) }
      return sums
    }
    let count = Float(samples.count * (graph[readOut].type.count / channels))
    return (0..<channels).map { c in parts.reduce(0) { $0 + $1[c] } / count }
  }

  private func forEachSample<Result: Sendable>(_ body: @Sendable (Int) throws -> Result) throws
    -> [Result]
  {
    try Parallel.map(count: samples.count, chunkSize: 1) { try body($0.lowerBound) }
  }

  /// What the CNN has for a population: `[elements]` for each sample, in λ.
  private func target(_ population: Node, _ activations: inout TrainStore) throws -> [SpikeTrain] {
    guard let id = cnn.node(named: population.name), cnn.rectifications.contains(id),
      let clip = try AnalogKernel(cnn[id], cnn)
    else {
      throw Diagnostic(
        "the CNN has no rectification '\(population.name)' to fit the population to",
        origin: population.origin)
    }
    let incoming = try activations.incoming(cnn[id].operands[0], cnn)
    let values = try forEachSample {
      SpikeTrain.fixed(clip.run([incoming.values(of: $0)], count: 1))
    }
    activations.keep(values, of: id)
    return values
  }

  private func coded(_ number: Int, _ encoder: SpikeEncoder) -> SpikeTrain {
    let sample = samples.read(number..<number + 1)
    if schedule == .layerwise {
      return .fixed(
        sample.indices.map {
          Float(encoder.count(sample[$0], $0, timesteps: timesteps, sample: number))
        })
    }
    if encoder.isConstant {
      return .fixed(
        sample.indices.map { Float(encoder.level(sample[$0], $0, at: 1, sample: number)) })
    }
    return .spikes(
      (1...timesteps).flatMap { t in
        sample.indices.map { Int8(encoder.level(sample[$0], $0, at: t, sample: number)) }
      })
  }

  /// The spikes of a max-pooling: the growth of its windows' largest running sums.
  private func pooled(_ values: [Float], _ kernel: AnalogPool, _ elements: Int) -> SpikeTrain {
    let steps = values.count / elements
    if steps == 1 { return .fixed(kernel.run(values, count: 1)) }
    var sums = values
    for i in elements..<sums.count { sums[i] += sums[i - elements] }
    let peaks = kernel.run(sums, count: steps)
    let width = peaks.count / steps
    return .spikes(
      peaks.indices.map { Int8($0 < width ? peaks[$0] : peaks[$0] - peaks[$0 - width]) })
  }
}

extension Graph {
  /// What sends levels or spikes.
  fileprivate var spikeSources: Set<NodeID> {
    Set(
      order.filter {
        switch self[$0].operation {
        case .encode, .fire, .maxPool: true
        case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
          .averagePool, .sumPool, .add, .concat, .reshape, .transpose, .pad, .readOut, .decode:
          false
        }
      })
  }

  /// The inputs and rectifications of a CNN.
  fileprivate var rectifications: Set<NodeID> {
    Set(
      order.filter {
        switch self[$0].operation {
        case .input, .relu: true
        case .conv2d, .dense, .diagonal, .batchNorm, .leakyRelu, .activation, .averagePool,
          .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut,
          .decode:
          false
        }
      })
  }
}
