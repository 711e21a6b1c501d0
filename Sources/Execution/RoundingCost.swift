import SpikeIR

/// What the rounding of one population's rates costs a network, and what it sends.
///
/// In a CNN that is exact everywhere else, the population sends
/// `λ/T · clamp(⌊T·a/λ + 1/2⌋, 0, T)` for its activations a, with the least-squares λ of each channel.
public struct RoundingCost: Sendable {
  /// The sum of squares of what that changes in the outputs.
  public private(set) var error = 0.0
  /// How many synapses its spikes drive.
  public private(set) var synapticOperations = 0.0

  /// Measures populations of `graph`, of the analog stage, for all samples.
  ///
  /// - Throws: a `Diagnostic` if the samples do not fit, or if a value is not finite.
  public static func measure(
    _ graph: Graph, _ populations: [NodeID], _ source: FloatSamples, timesteps: Int
  ) throws -> [NodeID: RoundingCost] {
    let scales = try ActivationStatistics.measure(graph, populations, source, histograms: true)
      .leastSquaresScale(timesteps: timesteps, start: 0.5, perChannel: true)
    let replay = try AnalogReplay(graph, replaced: populations)
    let fanOut = FanOut(graph)
    let rounded = populations.map { id in
      RoundedPopulation(scale: scales[id]!, fanOut: fanOut[id], timesteps: Float(timesteps))
    }
    let parts = Parallel.map(count: source.count, chunkSize: 1) { sample in
      let values = replay.values(source.read(sample))
      return populations.indices.map { i in
        var (cost, id) = (RoundingCost(), populations[i])
        let (sent, operations) = rounded[i].send(values[id]!)
        let output = replay.output(values, replacing: id, with: sent)
        cost.synapticOperations = operations
        cost.error = zip(output, values[graph.outputs[0]]!).reduce(0) { sum, pair in
          sum + Double((pair.0 - pair.1) * (pair.0 - pair.1))
        }
        return cost
      }
    }
    return parts.reduce(into: [:]) { result, part in
      for (id, cost) in zip(populations, part) {
        result[id, default: RoundingCost()].error += cost.error
        result[id]!.synapticOperations += cost.synapticOperations
      }
    }
  }
}

/// A population that rounds.
private struct RoundedPopulation: Sendable {
  /// λ of each channel; 0 where nothing is ever sent.
  let scale: [Float]
  let fanOut: [Int]
  let timesteps: Float

  /// What it sends for activations, and how many synapses that drives.
  func send(_ activations: [Float]) -> (values: [Float], operations: Double) {
    var (values, operations) = (activations, 0.0)
    for i in values.indices {
      let perSpike = scale[i % scale.count] / timesteps
      let count = perSpike > 0 ? min(values[i] / perSpike + 0.5, timesteps).rounded(.down) : 0
      values[i] = count * perSpike
      operations += Double(count) * Double(fanOut[i])
    }
    return (values, operations)
  }
}
