import SpikeIR

/// Chooses the integers of one population after the other.
struct Quantizer {
  /// The largest weight.
  let limit: Int
  /// Which numbers θ may be.
  let grid: ThetaGrid
  /// Membranes stay below 2^stateBits.
  let stateBits: Int
  /// The number of timesteps that ranges are proven for.
  let timesteps: Int
  /// Beyond this, a finer θ gains nothing.
  private static let largestTheta = 1 << 15
  private static let mostFractionBits = 8
  private let correction: BiasCorrection
  private var ranges = RangeAnalysis()

  /// - Parameter meanLevels: of each channel of the values that drive synapses, per timestep;
  ///   empty for no bias correction.
  init(
    limit: Int, _ grid: ThetaGrid, stateBits: Int, timesteps: Int,
    meanLevels: [NodeID: [Double]]
  ) {
    self.limit = limit
    self.grid = grid
    self.stateBits = stateBits
    self.timesteps = timesteps
    correction = BiasCorrection(meanLevels: meanLevels)
  }

  mutating func quantize(_ id: NodeID, in graph: inout Graph) throws {
    switch graph[id].operation {
    case .fire(let fire):
      if graph.constants[fire.threshold].isInteger { return }
      let (theta, shift) = quantizeSynapses(of: id, in: &graph)
      try quantize(fire, id, theta, shift, in: &graph)
    case .readOut(let readOut):
      if let bias = readOut.bias, graph.constants[bias].isInteger { return }
      if synapses(graph[id].operands[0], graph).contains(where: \.isInteger) { return }
      let (theta, shift) = quantizeSynapses(of: id, in: &graph)
      try quantize(readOut, id, theta, shift, in: &graph)
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
      .decode:
      return
    }
  }

  /// A synapse in front of a population.
  private struct Source {
    var id: NodeID
    /// Whether the synapse's output channels are the population's.
    var isAligned: Bool
    /// Whether its currents reach the population as they are, or added to others.
    var isDirect: Bool
    var isInteger: Bool
  }

  private func synapses(
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
  private func quantizeSynapses(of id: NodeID, in graph: inout Graph)
    -> (theta: [Int], meanShift: [Double])
  {
    let sources = synapses(graph[id].operands[0], graph)
    let channels = graph[id].type.channels
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
    let theta = grid.rounded(most)
    var meanShift = [Double](repeating: 0, count: channels)
    for (source, shift) in zip(sources, shifts) {
      for (i, value) in round(source, shift, theta, in: &graph).enumerated() {
        meanShift[i] += value
      }
    }
    return (theta, meanShift)
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
    let integers = values.enumerated().map { i, value -> Int32 in
      let exact = (Double(value) * factor(i)).rounded()
      return Int32(min(max(exact, Double(-limit)), Double(limit)))
    }
    synapse.weight = graph.constants.add(
      graph.constants.name(of: synapse.weight), Tensor(shape, integers: integers))
    synapse.shift = shift
    graph[source.id].operation = synapse.operation
    guard source.isDirect else { return [] }
    return correction.meanShift(
      of: node, from: values, to: integers.enumerated().map { Double($1) / factor($0) },
      channels: theta.count)
  }

  /// A bias without the shift that rounding weights gave the mean current.
  private func corrected(_ bias: [Float], _ meanShift: [Double]) -> [Float] {
    if meanShift.allSatisfy({ $0 == 0 }) { return bias }
    return (0..<max(bias.count, meanShift.count)).map { i in
      Float(Double(bias[i % bias.count]) - meanShift[i % meanShift.count])
    }
  }

  /// The effective θ: where a synapse's channels are not the population's, one for all.
  private func effective(_ theta: [Int], _ id: NodeID, _ graph: Graph) -> [Int] {
    let sources = synapses(graph[id].operands[0], graph)
    if sources.allSatisfy(\.isAligned) { return theta }
    return [Int](repeating: theta.min() ?? 1, count: theta.count)
  }

  private mutating func quantize(
    _ fire: Fire, _ id: NodeID, _ theta: [Int], _ meanShift: [Double], in graph: inout Graph
  ) throws {
    let theta = effective(theta, id, graph)
    let start = graph.constants[fire.start].floats
    let bias = corrected(fire.bias.map { graph.constants[$0].floats } ?? [0], meanShift)
    let fractionBits = try fractionBits(id, theta, bias, start, graph)
    func scaled(_ values: [Float]) -> [Int64] { multiplied(values, theta, fractionBits) }
    func add(_ name: ConstantID, _ values: [Int64]) -> ConstantID {
      graph.constants.add(graph.constants.name(of: name), tensor(values, graph[id].type))
    }
    var result = fire
    result.threshold = add(fire.threshold, scaled([1]))
    result.start = add(fire.start, scaled(start))
    result.bias = biasConstant(fire.bias, id, scaled(bias), &graph)
    result.fractionBits = fractionBits
    result.ceiling = nil
    graph[id].operation = .fire(result)
  }

  private mutating func quantize(
    _ readOut: ReadOut, _ id: NodeID, _ theta: [Int], _ meanShift: [Double],
    in graph: inout Graph
  ) throws {
    let theta = effective(theta, id, graph)
    let bias = corrected(readOut.bias.map { graph.constants[$0].floats } ?? [0], meanShift)
    let fractionBits = try fractionBits(id, theta, bias, [0], graph)
    let unit = graph.constants[readOut.scale].floats
    let scale = theta.enumerated().map { i, theta in
      Float(Double(unit[i % unit.count]) / (Double(theta) * Double(1 << fractionBits)))
    }
    var result = readOut
    result.scale = graph.constants.add(
      graph.constants.name(of: readOut.scale), Tensor([theta.count], scale))
    result.bias = biasConstant(
      readOut.bias, id, multiplied(bias, theta, fractionBits), &graph)
    result.fractionBits = fractionBits
    graph[id].operation = .readOut(result)
  }

  private func biasConstant(
    _ old: ConstantID?, _ id: NodeID, _ values: [Int64], _ graph: inout Graph
  ) -> ConstantID? {
    if old == nil, values.allSatisfy({ $0 == 0 }) { return nil }
    let name = old.map { graph.constants.name(of: $0) } ?? "\(graph[id].name).bias"
    return graph.constants.add(name, tensor(values, graph[id].type))
  }

  /// value · θ_c · 2^F, rounded: one number per channel, or per element.
  private func multiplied(_ values: [Float], _ theta: [Int], _ fractionBits: Int) -> [Int64] {
    (0..<max(values.count, theta.count)).map { i in
      let exact =
        Double(values[i % values.count]) * Double(theta[i % theta.count])
        * Double(1 << fractionBits)
      return Int64(exact.rounded())
    }
  }

  private func tensor(_ values: [Int64], _ type: TensorType) -> Tensor {
    let shape = values.count == type.channels ? [type.channels] : type.shape
    return Tensor(shape, integers: values.map(Int32.init))
  }

  private func neuron(_ id: NodeID, _ graph: Graph) -> Neuron {
    if case .fire(let fire) = graph[id].operation { fire.neuron } else { .generic }
  }

  /// The most fraction bits with which every membrane stays within 32 bits.
  private mutating func fractionBits(
    _ id: NodeID, _ theta: [Int], _ bias: [Float], _ start: [Float], _ graph: Graph
  ) throws -> Int {
    for bits in (0...Quantizer.mostFractionBits).reversed() {
      let largestBias = bias.map { Double(abs($0)) }.max() ?? 0
      guard largestBias * Double(theta.max() ?? 1) < 1e9 else { break }
      let membrane = ranges.membrane(
        id, graph, timesteps: timesteps, neuron(id, graph), fractionBits: bits,
        threshold: multiplied([1], theta, bits), bias: multiplied(bias, theta, bits),
        start: multiplied(start, theta, bits))
      let threshold = Int64(theta.max() ?? 1) << Int64(bits)
      if max(membrane.magnitude, threshold) < Int64(1) << Int64(stateBits) - 1 { return bits }
    }
    throw Diagnostic(
      "its membranes cannot be proven to fit \(stateBits + 1) bits over \(timesteps) timesteps",
      origin: graph[id].origin, notes: ["use fewer --timesteps or fewer --weight-bits"])
  }
}
