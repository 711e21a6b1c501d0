import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution

/// Checks two lists for equality within a tolerance.
func expectClose(
  _ a: [Float], _ b: [Double], within tolerance: Double = 1e-5,
  at location: SourceLocation = #_sourceLocation
) {
  #expect(a.count == b.count, sourceLocation: location)
  for (x, y) in zip(a, b) {
    #expect(abs(Double(x) - y) <= tolerance * max(1, abs(y)), sourceLocation: location)
  }
}

extension AnalogExecutor {
  /// Runs as many samples as the values fill.
  func run(_ values: [Float]) throws -> [[Float]] {
    try run(values, count: values.count / inputCount)
  }
}

/// What a function gives for -1, 0 and 1.
struct ActivationCase: Sendable {
  let function: Activation.Function
  var alpha = 1.0
  let expected: [Double]
}

private let activations: [ActivationCase] = [
  ActivationCase(function: .softmax, expected: [0.090_030_57, 0.244_728_47, 0.665_240_96]),
  ActivationCase(function: .logSoftmax, expected: [-2.407_605_9, -1.407_605_9, -0.407_605_96]),
  ActivationCase(function: .sigmoid, expected: [0.268_941_42, 0.5, 0.731_058_58]),
  ActivationCase(function: .tanh, expected: [-0.761_594_2, 0, 0.761_594_2]),
  ActivationCase(function: .softplus, expected: [0.313_261_69, 0.693_147_18, 1.313_261_7]),
  ActivationCase(function: .softsign, expected: [-0.5, 0, 0.5]),
  ActivationCase(function: .elu, alpha: 2, expected: [-1.264_241_1, 0, 1]),
  ActivationCase(function: .selu, expected: [-1.111_330_7, 0, 1.050_701]),
  ActivationCase(function: .gelu, expected: [-0.158_655_25, 0, 0.841_344_75]),
  ActivationCase(function: .exponential, expected: [0.367_879_44, 1, 2.718_281_8]),
  ActivationCase(function: .swish, expected: [-0.268_941_42, 0, 0.731_058_58]),
  ActivationCase(function: .hardSigmoid, alpha: 0.2, expected: [0.3, 0.5, 0.7]),
  ActivationCase(function: .hardSwish, expected: [-1.0 / 3, 0, 2.0 / 3]),
]

@Suite struct AnalogTests {
  @Test(arguments: [
    (stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1),
    (stride: [2, 1], padding: [0, 1, 1, 2], dilation: [1, 1], groups: 1),
    (stride: [1, 2], padding: [2, 0, 1, 3], dilation: [2, 3], groups: 1),
    (stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 6),
    (stride: [2, 2], padding: [0, 0, 1, 1], dilation: [1, 2], groups: 2),
    (stride: [1, 1], padding: [9, 9, 9, 9], dilation: [1, 1], groups: 3),
  ])
  func convolution(
    _ geometry: (stride: [Int], padding: [Int], dilation: [Int], groups: Int)
  ) throws {
    var numbers = Numbers(seed: 3)
    var graph = try Graph(input: [7, 6, 6])
    let weights = Tensor(
      [6, 3, 2, 6 / geometry.groups], numbers.floats(36 * 6 / geometry.groups))
    let bias = numbers.floats(6)
    let p = Convolution2D(
      weight: graph.constants.add("w", weights), bias: graph.constant([6], bias),
      stride: geometry.stride, padding: geometry.padding, dilation: geometry.dilation,
      groups: geometry.groups)
    let id = try graph.append("conv", p)
    let images = (0..<3).map { _ in numbers.floats(7 * 6 * 6) }
    let result = try AnalogExecutor(graph).run(images.flatMap { $0 })[0]
    let expected = images.flatMap {
      naiveConvolution($0, [7, 6, 6], weights, p, result: graph[id].type.shape)
    }
    expectClose(result, expected.indices.map { expected[$0] + Double(bias[$0 % 6]) })
  }

  @Test func pointwiseConvolutionAndDepthMultiplier() throws {
    var graph = try Graph(input: [1, 2, 2])
    let spread = graph.constant([4, 1, 1, 1], [1, 2, 3, 4])
    try graph.append(
      "a", Convolution2D(weight: spread, groups: 2))
    let mix = graph.constant([1, 1, 1, 4], [1, 1, -1, 10])
    try graph.append("b", Convolution2D(weight: mix, bias: graph.constant([1], [0.5])))
    // Channels (1, 2) become (1, 2, 6, 8): 1 + 2 - 6 + 80 + 0.5.
    expectClose(try AnalogExecutor(graph).run([1, 2, 0, 0])[0], [77.5, 0.5])
  }

  @Test func denseAndDiagonal() throws {
    var graph = try Graph(input: [2])
    let matrix = graph.constant([3, 2], [1, 2, 3, 4, 5, 6])
    try graph.append("d", Dense(weight: matrix, bias: graph.constant([3], [0.5, 0, -1])))
    try graph.append(
      "s", Diagonal(weight: graph.constant([3], [1, 2, -1]), bias: graph.constant([1], [1])))
    expectClose(
      try AnalogExecutor(graph).run([1, 1, 0, -1])[0], [4.5, 15, -9, -0.5, -7, 8])
  }

  @Test func batchNorm() throws {
    var graph = try Graph(input: [1, 1, 2])
    let norm = BatchNorm(
      gamma: graph.constant([2], [2, 1]), beta: nil, mean: graph.constant([2], [1, -1]),
      variance: graph.constant([2], [4, 0.25]), epsilon: 0)
    try graph.append("n", norm)
    expectClose(try AnalogExecutor(graph).run([3, 0])[0], [2, 2])
  }

  @Test func clippedReluIsCutAtCeilingOverScale() throws {
    var graph = try Graph(input: [2])
    let id = try graph.append("r", ReLU(ceiling: 6))
    graph[id].scale = graph.constant([2], [2, 0.5])
    expectClose(try AnalogExecutor(graph).run([100, 100, -1, 2])[0], [3, 12, 0, 2])
  }

  @Test(arguments: activations)
  func activation(_ a: ActivationCase) throws {
    var graph = try Graph(input: [3])
    try graph.append("a", Activation(a.function, alpha: a.alpha))
    expectClose(try AnalogExecutor(graph).run([-1, 0, 1])[0], a.expected, within: 1e-6)
  }

  @Test func leakyReluPerChannel() throws {
    var graph = try Graph(input: [1, 1, 2])
    try graph.append("l", LeakyReLU(slope: graph.constant([2], [0.1, 0.5])))
    expectClose(try AnalogExecutor(graph).run([-2, -2, 4, -4])[0], [-0.2, -1, 4, -2])
  }

  @Test func pooling() throws {
    let window = Window2D(kernel: [2, 2], stride: [2, 2], padding: [0, 0, 1, 1])
    let image: [Float] = [-1, -2, -3, -4, -5, -6, -7, -8, -9]
    func pooled(_ p: any OperationParameters) throws -> [Float] {
      var graph = try Graph(input: [3, 3, 1])
      try graph.append("p", p)
      return try AnalogExecutor(graph).run(image)[0]
    }
    expectClose(try pooled(MaxPool(window)), [-1, -3, -7, -9])
    expectClose(try pooled(SumPool(window)), [-12, -9, -15, -9])
    expectClose(try pooled(AveragePool(window)), [-3, -4.5, -7.5, -9])
    expectClose(try pooled(AveragePool(window, countsPadding: true)), [-3, -2.25, -3.75, -2.25])
  }

  @Test func structure() throws {
    var graph = try Graph(input: [1, 2, 2])
    let x = graph.last
    let padded = try graph.append("p", Pad(padding: [0, 1, 0, 0]))
    let doubled = try graph.append("a", Add(), on: [padded, padded])
    let joined = try graph.append("c", Concat(axis: 1), on: [x, doubled])
    try graph.append("t", Transpose(permutation: [2, 0, 1]))
    try graph.append("r", Reshape(), type: TensorType(.f32, [10]))
    graph.outputs.append(joined)
    let results = try AnalogExecutor(graph).run([1, 2, 3, 4])
    expectClose(results[1], [1, 2, 3, 4, 0, 0, 2, 4, 6, 8])
    expectClose(results[0], [1, 3, 0, 2, 6, 2, 4, 0, 4, 8])
  }

  /// A value that is used again after an operation that could overwrite it.
  @Test func inPlaceOperationsKeepLiveOperands() throws {
    var graph = try Graph(input: [2])
    let x = graph.last
    let relu = try graph.append("r", ReLU())
    try graph.append("r2", LeakyReLU(slope: graph.constant([1], [3])), on: [x])
    let sum = try graph.append("s", Add(), on: [graph.last, relu])
    graph.outputs = [sum, relu]
    let results = try AnalogExecutor(graph).run([-1, 2])
    #expect(results == [[-3, 4], [0, 2]])
  }

  @Test func refusals() throws {
    var graph = try Graph(input: [2])
    #expect(throws: Diagnostic.self) {
      try AnalogExecutor(graph).run(FloatSamples([1, 2, 3], count: 1))
    }
    let one = graph.constant([1], [1])
    try graph.append("e", Encode(.direct, offset: one, step: one, low: 0, high: 1))
    #expect(throws: Diagnostic.self) { try AnalogExecutor(graph) }
    #expect(throws: Diagnostic.self) { try AnalogExecutor(Graph(name: "empty")) }
    let huge = try Graph(input: [1 << 20, 1 << 20, 8])
    #expect(throws: Diagnostic.self) { try AnalogExecutor(huge) }
    #expect(throws: Diagnostic.self) { try SpikingInterpreter(huge) }
  }
}
