extension RangeAnalysis {
  /// What the membranes of a population can be in T timesteps if it has these constants. Neurons
  /// that keep their charge, and read-outs, are bounded for both schedules.
  ///
  /// For other neurons, with c = 2^F·I + k of one timestep:
  /// - from below, `min(V(0), floor · θ) + min(c, 0)` where there is a floor, else `min(V(0), 0) + T·min(c, 0)`;
  /// - from above, `max(V(0), θ) + max(c, 0)` where firing leaves at most θ, because it sets V to 0
  ///   or because it can take away as much as c brings; else `max(V(0), 0) + T·max(c, 0)`.
  public mutating func membrane(
    _ id: NodeID, _ graph: Graph, timesteps: Int, _ neuron: Neuron, fractionBits: Int,
    threshold: [Int64], bias: [Int64], start: [Int64]
  ) -> Interval {
    if neuron.keepsCharge {
      return membrane(
        id, graph, timesteps: timesteps, fractionBits: fractionBits, bias: bias, start: start)
    }
    let currents = perChannel(graph[id].operands[0], graph)
    let count = max(currents.count, bias.count, start.count, threshold.count)
    let steps = Int64(timesteps)
    var result = Interval(0, 0)
    for i in 0..<count {
      let (theta, charge) = (threshold[i % threshold.count], start[i % start.count])
      let k = bias[i % bias.count]
      let current = currents[i % currents.count].withZero * (1 << Int64(fractionBits))
      let step = (current + Interval(k, k)).withZero
      let least = Interval(min(charge, 0), min(charge, 0))
      var low = (least + step * steps).low
      if let floor = neuron.floor {
        let bottom = Interval(theta, theta) * Int64(floor)
        let least = min(charge, bottom.low)
        low = (Interval(least, least) + step).low
      }
      let most = Interval(max(charge, 0), max(charge, 0))
      var high = (most + step * steps).high
      let carried = (Interval(theta, theta) * Int64(neuron.spikes)).high
      if neuron.reset == .zero || step.high <= carried {
        let rest = max(charge, theta)
        high = min(high, (Interval(rest, rest) + step).high)
      }
      result = result.hull(Interval(min(low, 0), max(high, theta))).hull(current)
    }
    return result
  }
}
