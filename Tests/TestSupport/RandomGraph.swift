import SpikeIR

/// A random graph of spiking operations on an input `[7, 6, 4]`, with integers of proven range.
///
/// The outputs are a read-out of logits and the decoded counts of a value before it.
public struct RandomSpikingGraph {
  /// How the input is coded.
  public enum Input: String, CaseIterable, Sendable {
    /// Directly, numbers as they are: levels -3 to 9.
    case plain
    /// Directly, with an offset and a step for each channel or element.
    case scaled
    /// Directly, bytes: levels 0 to 255.
    case bytes
    /// As evenly spaced spikes.
    case rate
    /// As random spikes.
    case poisson
  }

  /// The graph, verified, for at most 64 timesteps.
  public internal(set) var graph: Graph
  var numbers: Numbers

  /// The same graph for the same seed.
  ///
  /// - Throws: a `Diagnostic` if the graph does not verify, which is a defect of this generator.
  public init(seed: UInt64, _ input: Input = .plain) throws {
    numbers = Numbers(seed: seed)
    graph = try Graph(input: [7, 6, 4], input == .bytes ? .byte : .real)
    try encode(input)
    if numbers.next() % 3 == 0 { try graph.append("early", MaxPool(window())) }
    try convolve("first", groups: 1)
    for i in 0..<5 { try grow("n\(i)") }
    try readOut()
    graph.facts = [.spiking, .quantized]
    graph.timesteps = 64
    try graph.verify()
  }

  mutating func pick<T>(_ choices: T...) -> T {
    choices[Int(numbers.next() % UInt64(choices.count))]
  }

  private mutating func encode(_ input: Input) throws {
    let shapes = input == .scaled ? [[1], [4], [7, 6, 4]] : [[1]]
    let shape = shapes[Int(numbers.next() % UInt64(shapes.count))]
    let count = shape.reduce(1, *)
    let isExact = input == .plain || input == .bytes
    let offset = isExact ? [Float](repeating: 0, count: count) : numbers.floats(count)
    let step = isExact ? offset.map { _ in 1 } : numbers.floats(count).map { 1.5 + $0 }
    let coding: Encode.Coding =
      switch input {
      case .plain, .scaled, .bytes: .direct
      case .rate: .rate
      case .poisson: .poisson
      }
    let seed = Int(numbers.next()) - 1 << 31
    try graph.append(
      "encode",
      Encode(
        coding, offset: graph.constant(shape, offset), step: graph.constant(shape, step),
        low: isExact && input == .plain || input == .scaled ? -3 : 0,
        high: input == .bytes ? 255 : coding == .direct ? 9 : 1,
        seed: coding == .poisson ? seed : 0))
  }

  private mutating func readOut() throws {
    let type = graph[graph.last].type
    let flat = try graph.append("flat", Reshape(), type: TensorType(type.element, [type.count]))
    var count = type.count
    if pick(true, false) {
      let hidden = graph.constant([9, count], integers: numbers.integers(9 * count, -30...40))
      try graph.append("hidden.dense", Dense(weight: hidden))
      try fire("hidden")
      count = 9
    }
    let matrix = graph.constant([5, count], integers: numbers.integers(5 * count, -20...20))
    try graph.append("dense", Dense(weight: matrix))
    let bias = graph.constant([5], integers: numbers.integers(5, -9...9))
    let scale = graph.constant([5], numbers.floats(5))
    let logits = try graph.append("logits", ReadOut(scale: scale, bias: bias, fractionBits: 3))
    let counts = try graph.append("counts", Decode(scale: graph.constant([1], [0.3])), on: [flat])
    graph.outputs = [logits, counts]
  }

  /// Whether the last value is so small that summing its windows cannot lead out of 32 bits.
  var isSmall: Bool {
    var ranges = RangeAnalysis()
    return ranges.perStep(graph.last, graph).magnitude <= 4
  }

  mutating func window() -> Window2D {
    pick(
      Window2D(kernel: [1, 2], stride: [1, 1]),
      Window2D(kernel: [2, 2], stride: [1, 2], padding: [1, 0, 0, 1]),
      Window2D(kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1]))
  }

  mutating func convolve(_ name: String, groups: Int) throws {
    var p = Convolution2D(
      weight: graph.constant([1], [0]), stride: [1, pick(1, 2)],
      padding: [2, 1, 1, 2], dilation: [pick(1, 2), 1], groups: groups)
    let kernel = [4, pick(1, 2), pick(1, 3), 4 / groups]
    p.weight = graph.constant(kernel, integers: numbers.integers(kernel.reduce(1, *), -40...50))
    p.shift = pick(0, 1)
    try graph.append(name + ".conv", p)
    try fire(name)
  }

  mutating func fire(_ name: String, thresholds: ClosedRange<Int> = 100...900) throws {
    let type = graph[graph.last].type
    let shape = pick([1], [type.channels], type.shape)
    let count = shape.reduce(1, *)
    let (threshold, bias) = (thresholds.upperBound, thresholds.lowerBound)
    try graph.append(
      name,
      Fire(
        threshold: graph.constant(shape, integers: numbers.integers(count, thresholds)),
        start: graph.constant(shape, integers: numbers.integers(count, 0...threshold / 2)),
        bias: graph.constant(shape, integers: numbers.integers(count, -bias / 2...bias)),
        fractionBits: pick(0, 2)))
  }
}
