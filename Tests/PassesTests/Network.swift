import SpikeIR
import TestSupport

/// Builds CNNs of the analog stage, layer by layer, with seeded weights.
struct Network {
  var graph: Graph
  private var numbers: Numbers

  init(input shape: [Int], seed: UInt64 = 1) throws {
    graph = try Graph(input: shape)
    numbers = Numbers(seed: seed)
  }

  /// The value that was added last.
  var last: NodeID { graph.last }

  private mutating func random(_ shape: [Int], fanIn: Int) -> ConstantID {
    let bound = (3 / Float(fanIn)).squareRoot()
    return graph.constant(shape, numbers.floats(shape.reduce(1, *)).map { $0 * bound })
  }

  @discardableResult
  mutating func add(
    _ name: String, _ parameters: any OperationParameters, on operands: [NodeID]? = nil,
    type: TensorType? = nil
  ) throws -> NodeID {
    try graph.append(name, parameters, on: operands, type: type)
  }

  /// A convolution with a bias.
  @discardableResult
  mutating func conv(
    _ name: String, _ outputs: Int, _ kernel: [Int] = [3, 3], stride: [Int] = [1, 1],
    padding: [Int] = [1, 1, 1, 1], dilation: [Int] = [1, 1], groups: Int = 1, on id: NodeID? = nil
  ) throws -> NodeID {
    let inputs = graph[id ?? last].type.channels / groups
    let weight = random([outputs] + kernel + [inputs], fanIn: kernel.reduce(inputs, *))
    let bias = graph.constant([outputs], numbers.floats(outputs).map { $0 * 0.2 })
    return try add(
      name,
      Convolution2D(
        weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
        groups: groups), on: [id ?? last])
  }

  /// A batch-norm whose statistics are not trivial.
  @discardableResult
  mutating func norm(_ name: String, on id: NodeID? = nil) throws -> NodeID {
    let count = graph[id ?? last].type.channels
    let lists = (0..<4).map { _ in numbers.floats(count) }
    return try add(
      name,
      BatchNorm(
        gamma: graph.constant([count], lists[0].map { 1 + 0.5 * $0 }),
        beta: graph.constant([count], lists[1].map { 0.3 * $0 }),
        mean: graph.constant([count], lists[2].map { 0.2 * $0 }),
        variance: graph.constant([count], lists[3].map { 0.6 + 0.5 * $0 }), epsilon: 0.001),
      on: [id ?? last])
  }

  @discardableResult
  mutating func relu(_ name: String, ceiling: Double? = nil, on id: NodeID? = nil) throws -> NodeID
  {
    try add(name, ReLU(ceiling: ceiling), on: id.map { [$0] })
  }

  /// A multiplication by numbers, as of a merge that averages.
  @discardableResult
  mutating func scale(_ name: String, by values: [Float], plus offset: [Float]? = nil) throws
    -> NodeID
  {
    let weight = graph.constant([values.count], values)
    let bias = offset.map { graph.constant([$0.count], $0) }
    return try add(name, Diagonal(weight: weight, bias: bias))
  }

  /// A flatten and a dense layer with a bias.
  @discardableResult
  mutating func classify(_ name: String, _ outputs: Int, on id: NodeID? = nil) throws -> NodeID {
    let source = graph[id ?? last]
    let count = source.type.count
    let flat =
      source.type.shape.count == 1
      ? source.id
      : try add("\(name).flat", Reshape(), on: [source.id], type: TensorType(.f32, [count]))
    let weight = random([outputs, count], fanIn: count)
    let bias = graph.constant([outputs], numbers.floats(outputs).map { $0 * 0.2 })
    return try add(name, Dense(weight: weight, bias: bias), on: [flat])
  }
}
