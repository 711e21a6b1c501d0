import SpikeExecution
import SpikeIR

extension Quantizer {
  /// A synapse in front of a population.
  struct Source {
    var id: NodeID
    /// Whether the synapse's output channels are the population's.
    var isAligned: Bool
    /// Whether its currents reach the population as they are, or added to others.
    var isDirect: Bool
    var isInteger: Bool
  }

  func synapses(
    _ id: NodeID, _ graph: Graph, isAligned: Bool = true, isDirect: Bool = true
  ) -> [Source] {
    let node = graph[id]
    if let synapse = node.operation.synapse {
      let isInteger = graph.constants[synapse.weight].isInteger
      return [
        Source(id: id, isAligned: isAligned, isDirect: isDirect, isInteger: isInteger)
      ]
    }
    let keepsChannels =
      switch node.operation {
      case .add, .sumPool, .pad: true
      default: false
      }
    let isSum = if case .add = node.operation { true } else { false }
    return node.operands.flatMap {
      synapses($0, graph, isAligned: isAligned && keepsChannels, isDirect: isDirect && isSum)
    }
  }

  /// Makes the weights of a population's synapses integers; gives θ per channel, and by how much
  /// the rounding raised each channel's mean current, in parts of the threshold.
  func quantizeSynapses(of id: NodeID, in graph: inout Graph)
    -> (theta: [Int], meanShift: [Double])
  {
    let sources = synapses(graph[id].operands[0], graph)
    let channels = graph[id].type.channels
    let (theta, shifts) =
      (grid == .own ? ExactGrid.find(sources, channels, limit: limit, graph) : nil)
      ?? fullGrid(sources, channels, graph)
    var meanShift = [Double](repeating: 0, count: channels)
    for (source, shift) in zip(sources, shifts) {
      for (i, value) in round(source, shift, theta, in: &graph).enumerated() {
        meanShift[i] += value
      }
    }
    return (theta, meanShift)
  }

  /// θ per channel and the shift of each synapse with which the largest weights use all bits.
  private func fullGrid(_ sources: [Source], _ channels: Int, _ graph: Graph)
    -> (theta: [Int], shifts: [Int])
  {
    let maxima = sources.map { largestWeights($0, channels, graph) }
    let smallest = maxima.map { $0.max() ?? 0 }.filter { $0 > 0 }.min() ?? 1
    let shifts = maxima.map { maximum in
      let largest = maximum.max() ?? 0
      var shift = largest > 0 ? min(15, Int(log2Rounded(largest / smallest))) : 0
      // A weight of more thresholds than the bits hold (logits of a network that was trained on large
      // inputs) would be cut off, whatever θ.
      while largest > Float(limit), shift < 15, Float(limit << shift) < 2 * largest { shift += 1 }
      return shift
    }
    let most = (0..<channels).map { channel in
      let bounds = zip(maxima, shifts).compactMap { maximum, shift -> Double? in
        let largest = maximum[channel]
        return largest > 0 ? Double(limit << shift) / Double(largest) : nil
      }
      return max(1, Int(min(bounds.min() ?? Double(limit), Double(Quantizer.largestTheta))))
    }
    var theta = grid.rounded(most)
    if moments != nil, grid == .any, sources.count == 1, sources[0].isAligned {
      theta = clipped(theta, sources[0], graph)
    }
    return (theta, shifts)
  }

  private func log2Rounded(_ ratio: Float) -> Int {
    var (power, value) = (0, ratio)
    while value > 1.5 {
      value /= 2
      power += 1
    }
    return power
  }

  /// The largest magnitude among the weights of each channel.
  private func largestWeights(_ source: Source, _ channels: Int, _ graph: Graph) -> [Float] {
    let node = graph[source.id]
    let weight = graph.constants[node.operation.synapse!.weight]
    let values = weight.floats
    var result = [Float](repeating: 0, count: channels)
    guard source.isAligned else {
      return [Float](repeating: values.map(abs).max() ?? 0, count: channels)
    }
    if case .diagonal = node.operation {
      if values.count == 1 { return [Float](repeating: abs(values[0]), count: channels) }
      for (i, value) in values.enumerated() {
        result[i % channels] = max(result[i % channels], abs(value))
      }
      return result
    }
    let length = values.count / channels
    for (i, value) in values.enumerated() {
      result[i / length] = max(result[i / length], abs(value))
    }
    return result
  }

  /// Rounds one synapse's weights; gives the shift of the mean current.
  private func round(_ source: Source, _ shift: Int, _ theta: [Int], in graph: inout Graph)
    -> [Double]
  {
    let node = graph[source.id]
    var synapse = node.operation.synapse!
    let weight = graph.constants[synapse.weight]
    let least = theta.min() ?? 1
    let isDiagonal = if case .diagonal = node.operation { true } else { false }
    var (shape, values) = (weight.shape, weight.floats)
    if isDiagonal, values.count == 1, source.isAligned, Set(theta).count > 1 {
      (shape, values) = ([theta.count], Scale(values).perElement(TensorType(.f32, [theta.count])))
    }
    let length = isDiagonal ? 1 : max(values.count / max(shape[0], 1), 1)
    let unit = 1 / Double(1 << shift)
    /// The integers that one unit of weight becomes.
    func factor(_ i: Int) -> Double {
      let channel = isDiagonal ? i % theta.count : i / length
      return Double(source.isAligned ? theta[channel] : least) * unit
    }
    let exact = values.enumerated().map { Double($1) * factor($0) }
    let integers = calibrated(exact, node.id) ?? exact.map(nearest)
    synapse.weight = graph.constants.add(
      graph.constants.name(of: synapse.weight), Tensor(shape, integers: integers))
    synapse.shift = shift
    graph[source.id].operation = synapse.operation
    guard source.isDirect else { return [] }
    return correction.meanShift(
      of: node, from: values, to: integers.enumerated().map { Double($1) / factor($0) },
      channels: theta.count)
  }

  private func nearest(_ exact: Double) -> Int32 {
    Int32(min(max(exact.rounded(), Double(-limit)), Double(limit)))
  }

  /// The integers with which the currents of a filter bank change least; nil where its inputs are
  /// not known.
  private func calibrated(_ exact: [Double], _ id: NodeID) -> [Int32]? {
    guard let groups = moments?.covariances[id] else { return nil }
    let length = exact.count / groups.count
    return groups.enumerated().flatMap { group, covariance in
      LatticeRounding(covariance).rounded(
        exact[group * length..<(group + 1) * length].map { Float($0) }, limit: limit)
    }
  }

  /// Larger θ, with which the largest weights are cut and all others rounded more finely, where
  /// that changes currents less.
  private func clipped(_ theta: [Int], _ source: Source, _ graph: Graph) -> [Int] {
    guard let groups = moments?.covariances[source.id] else { return theta }
    let weights = graph.constants[graph[source.id].operation.synapse!.weight].floats
    let length = weights.count / theta.count
    return theta.enumerated().map { channel, plain in
      let variances = groups[channel * groups.count / theta.count]
      let row = weights[channel * length..<(channel + 1) * length]
      var best = (theta: plain, error: Double.infinity)
      for step in 0..<Quantizer.clippingSteps {
        let theta = Int((Double(plain) * (1 + 0.05 * Double(step))).rounded())
        guard theta <= Quantizer.largestTheta else { break }
        var error = 0.0
        for (i, weight) in row.enumerated() {
          let difference =
            Double(nearest(Double(weight) * Double(theta))) / Double(theta) - Double(weight)
          error += difference * difference * Double(variances.values[i * variances.size + i])
        }
        if error < best.error { best = (theta, error) }
      }
      return best.theta
    }
  }

  /// θ grows by a twentieth a step.
  private static var clippingSteps: Int { 24 }
}
