import SpikeExecution
import SpikeIR

/// Chooses the integers of one population after the other.
struct Quantizer {
  /// The largest weight.
  private(set) var limit: Int
  /// Which numbers θ may be.
  let grid: ThetaGrid
  /// Membranes stay below 2^stateBits.
  let stateBits: Int
  /// The number of timesteps that ranges are proven for.
  let timesteps: Int
  /// Beyond this, a finer θ gains nothing.
  static let largestTheta = 1 << 15
  private static let mostFractionBits = 8
  let correction: BiasCorrection
  /// How the inputs of each synapse vary together, for calibrated rounding; nil for rounding to
  /// the nearest.
  let moments: InputMoments?
  private var ranges = RangeAnalysis()

  /// - Parameters:
  ///   - meanLevels: of each channel of the values that drive synapses, per timestep; empty for no
  ///     bias correction.
  ///   - moments: nil for rounding to the nearest.
  init(
    limit: Int, _ grid: ThetaGrid, stateBits: Int, timesteps: Int,
    meanLevels: [NodeID: [Double]], moments: InputMoments? = nil
  ) {
    self.limit = limit
    self.grid = grid
    self.stateBits = stateBits
    self.timesteps = timesteps
    self.moments = moments
    correction = BiasCorrection(meanLevels: meanLevels)
  }

  /// Makes a population, or a read-out, and its synapses integers.
  ///
  /// Where that cannot be proven to fit the bits of a target, its weights get fewer bits.
  mutating func quantize(_ id: NodeID, in graph: inout Graph) throws {
    let (all, whole, known) = (limit, graph, ranges)
    defer { limit = all }
    while true {
      do {
        return try quantizeOnce(id, in: &graph)
      } catch let refusal as DoesNotFit {
        guard stateBits < 31, limit > Quantizer.leastLimit else { throw refusal.diagnostic }
        (graph, ranges) = (whole, known)
        limit >>= 1
      }
    }
  }

  /// Weights of 3 bits.
  private static let leastLimit = 3

  /// Ranges that are larger than the bits there are.
  private struct DoesNotFit: Error {
    var diagnostic: Diagnostic
  }

  private mutating func quantizeOnce(_ id: NodeID, in graph: inout Graph) throws {
    switch graph[id].operation {
    case .fire(let fire):
      if graph.constants[fire.threshold].isInteger { return }
      guard fire.neuron.decay == 1 else {
        throw Diagnostic(
          "its membranes leak (\(fire.neuron.decay) is left after a timestep), which integers do"
            + " not follow", origin: graph[id].origin,
          notes: ["evaluate and run take it with --precision float"])
      }
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
    let threshold = graph.constants[fire.threshold].floats
    let bias = corrected(fire.bias.map { graph.constants[$0].floats } ?? [0], meanShift)
    let fractionBits = try fractionBits(id, theta, threshold, bias, start, graph)
    func scaled(_ values: [Float]) -> [Int64] { multiplied(values, theta, fractionBits) }
    func add(_ name: ConstantID, _ values: [Int64]) -> ConstantID {
      graph.constants.add(graph.constants.name(of: name), tensor(values, graph[id].type))
    }
    var result = fire
    result.threshold = add(fire.threshold, scaled(threshold))
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
    let fractionBits = try fractionBits(id, theta, [1], bias, [0], graph)
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
    multiplied(values, theta).map { Int64(($0 * Double(1 << fractionBits)).rounded()) }
  }

  /// value · θ_c: one number per channel, or per element.
  private func multiplied(_ values: [Float], _ theta: [Int]) -> [Double] {
    (0..<max(values.count, theta.count)).map { i in
      Double(values[i % values.count]) * Double(theta[i % theta.count])
    }
  }

  private func tensor(_ values: [Int64], _ type: TensorType) -> Tensor {
    let shape = values.count == type.channels ? [type.channels] : type.shape
    return Tensor(shape, integers: values.map(Int32.init))
  }

  private func neuron(_ id: NodeID, _ graph: Graph) -> Neuron {
    if case .fire(let fire) = graph[id].operation { fire.neuron } else { .generic }
  }

  private func isReadOut(_ id: NodeID, _ graph: Graph) -> Bool {
    if case .readOut = graph[id].operation { true } else { false }
  }

  /// The most fraction bits with which every membrane stays within the target's bits, and every
  /// accumulator within 32.
  private mutating func fractionBits(
    _ id: NodeID, _ theta: [Int], _ threshold: [Float], _ bias: [Float], _ start: [Float],
    _ graph: Graph
  ) throws -> Int {
    var most = Quantizer.mostFractionBits
    if grid == .own {
      let lists = [threshold, bias, start].map { multiplied($0, theta) }
      most = ExactGrid.fractionBits(lists.flatMap { $0 }, most: most) ?? most
    }
    for bits in (0...most).reversed() {
      let largestBias = bias.map { Double(abs($0)) }.max() ?? 0
      guard largestBias * Double(theta.max() ?? 1) < 1e9 else { break }
      func magnitude(_ timesteps: Int) -> Int64 {
        ranges.membrane(
          id, graph, timesteps: timesteps, neuron(id, graph), fractionBits: bits,
          threshold: multiplied(threshold, theta, bits), bias: multiplied(bias, theta, bits),
          start: multiplied(start, theta, bits)
        ).magnitude
      }
      // What a read-out adds up over time is kept by this compiler's C, or by who reads the file.
      let kept = max(
        magnitude(isReadOut(id, graph) ? 1 : timesteps),
        multiplied(threshold, theta, bits).max() ?? 0)
      if kept < Int64(1) << stateBits - 1, magnitude(timesteps) < Int64(Int32.max) { return bits }
    }
    throw DoesNotFit(
      diagnostic: Diagnostic(
        "its membranes cannot be proven to fit \(stateBits + 1) bits over \(timesteps) timesteps",
        origin: graph[id].origin, notes: ["use fewer --timesteps or fewer --weight-bits"]))
  }
}
