import SpikeIR

/// Runs a graph of the spiking stage: the reference meaning of spiking networks.
///
/// Integer graphs run on exact 32-bit integers. Graphs with float weights (`--precision float`)
/// run on 64-bit floats. Only nonzero levels cost time.
public struct SpikingInterpreter: SpikingExecutor {
  /// Sees the spikes of one source (see `sources`): the node, the timestep, one number per
  /// neuron. Layerwise these are counts, and the timestep is the last.
  public typealias Observer = (NodeID, Int, [Int32]) -> Void

  private enum Network: Sendable {
    case exact(SpikingNetwork<Int32>)
    case float(SpikingNetwork<Double>)
  }

  private let network: Network
  /// A population that has no layerwise meaning.
  private let special: Node?
  public let sources: [SpikeSource]
  public let inputOperations: Int
  /// The synapses that all spike sources and the input drive together in one timestep, at most.
  public let synapses: Int
  /// The number of elements of an input sample.
  public let inputCount: Int

  /// The most timesteps for which no sum leaves its range; nil for floats, which have no limit.
  public let timestepLimit: Int?

  /// Prepares to run `graph`.
  ///
  /// - Throws: a `Diagnostic` for a graph of the analog stage, several inputs, or one that is too large.
  public init(_ graph: Graph) throws {
    inputCount = graph[try graph.runnableInput()].type.count
    special = graph.specialPopulation
    if graph.facts.contains(.quantized) {
      let exact = try SpikingNetwork<Int32>(graph)
      (sources, inputOperations) = (exact.sources, exact.inputOperations)
      synapses = exact.synapses
      network = .exact(exact)
      timestepLimit = graph.timesteps
    } else {
      let float = try SpikingNetwork<Double>(graph)
      (sources, inputOperations) = (float.sources, float.inputOperations)
      synapses = float.synapses
      network = .float(float)
      timestepLimit = nil
    }
  }

  /// Runs one sample of `inputCount` numbers; gives one result per checkpoint, a timestep.
  ///
  /// Traps on a schedule that the neurons do not have.
  ///
  /// - Parameters:
  ///   - number: the sample's position in its data set, which seeds Poisson coding.
  ///   - checkpoints: from 1 to `timestepLimit`, at least one. Traps on others.
  public func run(
    _ sample: [Float], number: Int = 0, _ schedule: Schedule, checkpoints: [Int],
    observer: Observer? = nil
  ) -> [SpikingResult] {
    precondition(refusal(of: checkpoints) == nil, "timesteps out of range")
    precondition(special == nil || schedule == .pipelined, "no neurons for this schedule")
    return run(sample, numbers: number..<number + 1, schedule, checkpoints, observer)[0]
  }

  /// Why the network cannot be run for these numbers of timesteps; nil if it can.
  public func refusal(of checkpoints: [Int]) -> Diagnostic? {
    guard let least = checkpoints.min(), let most = checkpoints.max(), least >= 1 else {
      return Diagnostic("a network runs for at least 1 timestep")
    }
    guard let timestepLimit, most > timestepLimit else { return nil }
    return Diagnostic(
      "the network is proven for \(timestepLimit) timesteps, not for \(most)",
      notes: ["compile it for \(most) timesteps"])
  }

  /// Runs samples that lie one after the other, with the same memory for all.
  private func run(
    _ samples: [Float], numbers: Range<Int>, _ schedule: Schedule, _ checkpoints: [Int],
    _ observer: Observer?
  ) -> [[SpikingResult]] {
    func each(_ body: ([Float], Int) -> [SpikingResult]) -> [[SpikingResult]] {
      numbers.map { number in
        let start = (number - numbers.lowerBound) * inputCount
        return body(Array(samples[start..<start + inputCount]), number)
      }
    }
    switch network {
    case .exact(let network):
      let state = SpikingState(network, observer)
      return each { state.run($0, number: $1, schedule, checkpoints) }
    case .float(let network):
      let state = SpikingState(network, observer)
      return each { state.run($0, number: $1, schedule, checkpoints) }
    }
  }

  /// There is nothing to prepare.
  public func prepare(_ schedule: Schedule, checkpoints: [Int], samples: Int) {}

  public func run(
    _ source: any SampleSource, _ schedule: Schedule, checkpoints: [Int],
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> [[SpikingResult]] {
    try check(source, checkpoints)
    if schedule == .layerwise, let special { throw Diagnostic.notLayerwise(special) }
    return Parallel.map(count: source.count, chunkSize: 8) { range in
      defer { progress(range.count) }
      return run(source.read(range), numbers: range, schedule, checkpoints, nil)
    }.flatMap { $0 }
  }

  public func watch<Value: Sendable>(
    _ source: any SampleSource, _ schedule: Schedule, timesteps: Int,
    _ body: @Sendable (WatchedSample) throws -> Value
  ) throws -> [Value] {
    try check(source, [timesteps])
    let positions = Dictionary(
      uniqueKeysWithValues: sources.enumerated().map { ($1.node, $0) })
    return try Parallel.map(count: source.count, chunkSize: 1) { range in
      let sample = source.read(range)
      var counts = sources.map { [Int32](repeating: 0, count: $0.neurons) }
      let results = run(sample, numbers: range, schedule, [timesteps]) { node, _, spikes in
        let position = positions[node]!
        for (i, spike) in spikes.enumerated() { counts[position][i] += spike }
      }
      return try body(
        WatchedSample(
          values: sample, number: range.lowerBound, result: results[0][0], counts: counts))
    }
  }

  /// Checks samples and numbers of timesteps before anything is run.
  ///
  /// - Throws: a `Diagnostic` if the samples have another number of elements than the input, or
  ///   a checkpoint lies outside 1 to `timestepLimit`.
  public func check(_ source: any SampleSource, _ checkpoints: [Int]) throws {
    guard source.elementCount == inputCount else {
      throw Diagnostic(
        "a sample has \(source.elementCount) elements, the network takes \(inputCount)")
    }
    if let refusal = refusal(of: checkpoints) { throw refusal }
  }

  /// Runs all samples of a source pipelined and gives, per sample and output, what came out at each
  /// timestep, `[T × elements]`: spikes, or the currents of a read-out with their bias, in units of
  /// one weight.
  ///
  /// - Throws: a `Diagnostic` as `run` does.
  public func trace(
    _ source: some SampleSource, timesteps: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> [[[Double]]] {
    if let refusal = refusal(of: [timesteps]) { throw refusal }
    return Parallel.map(count: source.count, chunkSize: 4) { range in
      defer { progress(range.count) }
      return range.map { number in
        let sample = source.read(number..<number + 1)
        switch network {
        case .exact(let network):
          return SpikingState(network, nil).trace(sample, number: number, timesteps: timesteps)
        case .float(let network):
          return SpikingState(network, nil).trace(sample, number: number, timesteps: timesteps)
        }
      }
    }.flatMap { $0 }
  }
}

extension Diagnostic {
  /// Why a network of which `population` is a part cannot run layerwise.
  public static func notLayerwise(_ population: Node) -> Diagnostic {
    Diagnostic(
      "its neurons are not the generic ones, so the order of spikes matters: there is no layerwise"
        + " schedule", origin: population.origin, notes: ["use --schedule pipelined"])
  }
}
