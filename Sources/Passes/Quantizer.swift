import SpikeIR

/// Chooses the integers of one population after the other.
struct Quantizer {
  /// The largest weight.
  let limit: Int
  /// The number of timesteps that ranges are proven for.
  let timesteps: Int
  /// Beyond this, a finer θ gains nothing.
  private static let largestTheta = 1 << 15
  private static let mostFractionBits = 8
  private var ranges = RangeAnalysis()

  init(limit: Int, timesteps: Int) {
    self.limit = limit
    self.timesteps = timesteps
  }

  mutating func quantize(_ id: NodeID, in graph: inout Graph) throws {
    switch graph[id].operation {
    case .fire(let fire):
      if graph.constants[fire.threshold].isInteger { return }
      let theta = quantizeSynapses(of: id, in: &graph)
      try quantize(fire, id, theta, in: &graph)
    case .readOut(let readOut):
      if let bias = readOut.bias, graph.constants[bias].isInteger { return }
      if synapses(graph[id].operands[0], graph).contains(where: \.isInteger) { return }
      let theta = quantizeSynapses(of: id, in: &graph)
      try quantize(readOut, id, theta, in: &graph)
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
    var isInteger: Bool
  }

  private func synapses(_ id: NodeID, _ graph: Graph, isAligned: Bool = true) -> [Source] {
    let node = graph[id]
    if let synapse = node.operation.synapse {
      let isInteger = graph.constants[synapse.weight].isInteger
      return [Source(id: id, isAligned: isAligned, isInteger: isInteger)]
    }
    let keepsChannels =
      switch node.operation {
      case .add, .sumPool, .pad: true
      default: false
      }
    return node.operands.flatMap { synapses($0, graph, isAligned: isAligned && keepsChannels) }
  }

  /// Makes the weights of a population's synapses integers; gives θ per channel.
  private func quantizeSynapses(of id: NodeID, in graph: inout Graph) -> [Int] {
    let sources = synapses(graph[id].operands[0], graph)
    let channels = graph[id].type.channels
    let maxima = sources.map { largestWeights($0, channels, graph) }
    let smallest = maxima.map { $0.max() ?? 0 }.filter { $0 > 0 }.min() ?? 1
    let shifts = maxima.map { maximum in
      let ratio = (maximum.max() ?? 0) / smallest
      return ratio > 0 ? min(15, max(0, Int(log2Rounded(ratio)))) : 0
    }
    let theta = (0..<channels).map { channel in
      let bounds = zip(maxima, shifts).compactMap { maximum, shift -> Double? in
        let largest = maximum[channel]
        return largest > 0 ? Double(limit << shift) / Double(largest) : nil
      }
      return max(1, Int(min(bounds.min() ?? Double(limit), Double(Quantizer.largestTheta))))
    }
    for (source, shift) in zip(sources, shifts) {
      round(source, shift, theta, in: &graph)
    }
    return theta
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

  private func round(_ source: Source, _ shift: Int, _ theta: [Int], in graph: inout Graph) {
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
    let integers = values.enumerated().map { i, value -> Int32 in
      let channel = isDiagonal ? i % theta.count : i / length
      let exact = Double(value) * Double(source.isAligned ? theta[channel] : least) * unit
      return Int32(min(max(exact.rounded(), Double(-limit)), Double(limit)))
    }
    synapse.weight = graph.constants.add(
      graph.constants.name(of: synapse.weight), Tensor(shape, integers: integers))
    synapse.shift = shift
    graph[source.id].operation = synapse.operation
  }

  /// The effective θ: where a synapse's channels are not the population's, one for all.
  private func effective(_ theta: [Int], _ id: NodeID, _ graph: Graph) -> [Int] {
    let sources = synapses(graph[id].operands[0], graph)
    if sources.allSatisfy(\.isAligned) { return theta }
    return [Int](repeating: theta.min() ?? 1, count: theta.count)
  }

  private mutating func quantize(_ fire: Fire, _ id: NodeID, _ theta: [Int], in graph: inout Graph)
    throws
  {
    let theta = effective(theta, id, graph)
    let start = graph.constants[fire.start].floats
    let bias = fire.bias.map { graph.constants[$0].floats } ?? [0]
    let fractionBits = try fractionBits(id, theta, bias, start, graph)
    func scaled(_ values: [Float]) -> [Int64] { multiplied(values, theta, fractionBits) }
    func add(_ name: ConstantID, _ values: [Int64]) -> ConstantID {
      graph.constants.add(graph.constants.name(of: name), tensor(values, graph[id].type))
    }
    var result = fire
    result.threshold = add(fire.threshold, scaled([1]))
    result.start = add(fire.start, scaled(start))
    result.bias = fire.bias.map { add($0, scaled(bias)) }
    result.fractionBits = fractionBits
    graph[id].operation = .fire(result)
  }

  private mutating func quantize(
    _ readOut: ReadOut, _ id: NodeID, _ theta: [Int], in graph: inout Graph
  ) throws {
    let theta = effective(theta, id, graph)
    let bias = readOut.bias.map { graph.constants[$0].floats } ?? [0]
    let fractionBits = try fractionBits(id, theta, bias, [0], graph)
    let unit = graph.constants[readOut.scale].floats
    let scale = theta.enumerated().map { i, theta in
      Float(Double(unit[i % unit.count]) / (Double(theta) * Double(1 << fractionBits)))
    }
    var result = readOut
    result.scale = graph.constants.add(
      graph.constants.name(of: readOut.scale), Tensor([theta.count], scale))
    result.bias = readOut.bias.map {
      graph.constants.add(
        graph.constants.name(of: $0),
        tensor(multiplied(bias, theta, fractionBits), graph[id].type))
    }
    result.fractionBits = fractionBits
    graph[id].operation = .readOut(result)
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

  /// The most fraction bits with which every membrane stays within 32 bits.
  private mutating func fractionBits(
    _ id: NodeID, _ theta: [Int], _ bias: [Float], _ start: [Float], _ graph: Graph
  ) throws -> Int {
    for bits in (0...Quantizer.mostFractionBits).reversed() {
      let largestBias = bias.map { Double(abs($0)) }.max() ?? 0
      guard largestBias * Double(theta.max() ?? 1) < 1e9 else { break }
      let membrane = ranges.membrane(
        id, graph, timesteps: timesteps, fractionBits: bits, bias: multiplied(bias, theta, bits),
        start: multiplied(start, theta, bits))
      let threshold = Int64(theta.max() ?? 1) << Int64(bits)
      if max(membrane.magnitude, threshold) < Int64(Int32.max) { return bits }
    }
    throw Diagnostic(
      "its membranes cannot be proven to fit 32 bits over \(timesteps) timesteps",
      origin: graph[id].origin, notes: ["use fewer --timesteps or fewer --weight-bits"])
  }
}
