import SpikeIR

/// How large the levels and spikes of a spiking network are on average.
public enum LevelMeans {
  /// The mean of each channel of every spike and level value, per timestep, over all samples of
  /// `source` and all positions of the channel.
  ///
  /// - Parameter graph: a graph of the spiking stage with float weights; run layerwise where its
  ///   neurons have that schedule.
  /// - Throws: a `Diagnostic` if the samples do not fit or the graph is of another stage.
  public static func measure(_ graph: Graph, _ source: some SampleSource, timesteps: Int) throws
    -> [NodeID: [Double]]
  {
    let schedule: Schedule = graph.specialPopulation == nil ? .layerwise : .pipelined
    let network = try schedule == .layerwise ? .dense(graph) : SpikingNetwork<Double>(graph)
    let parts = Parallel.map(count: source.count, chunkSize: 8) { range in
      let state = SpikingState(network, nil)
      let samples = source.read(range)
      var sums: [NodeID: [Double]] = [:]
      for number in range {
        let start = (number - range.lowerBound) * source.elementCount
        let sample = Array(samples[start..<start + source.elementCount])
        state.watch(sample, number: number, schedule, timesteps: timesteps) { id, values in
          let type = graph[id].type
          guard type.element == .spike || type.element == .level else { return }
          var channels = sums[id] ?? [Double](repeating: 0, count: type.channels)
          for row in stride(from: 0, to: values.count, by: type.channels) {
            for c in 0..<type.channels { channels[c] += values[row &+ c] }
          }
          sums[id] = channels
        }
      }
      return sums
    }
    var totals: [NodeID: [Double]] = [:]
    for part in parts { totals.merge(part) { zip($0, $1).map { $0 + $1 } } }
    return totals.reduce(into: [:]) { means, entry in
      let type = graph[entry.key].type
      let count = Double(source.count * timesteps * (type.count / type.channels))
      means[entry.key] = entry.value.map { $0 / count }
    }
  }
}
