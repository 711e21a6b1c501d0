import SpikeIR

/// Builds a random graph of spiking operations on an input `[7, 6, 4]` of levels -3 to 9.
struct RandomSpikingGraph {
  var graph: Graph
  private var numbers: Numbers

  init(seed: UInt64) throws {
    numbers = Numbers(seed: seed)
    graph = try Graph(input: [7, 6, 4])
    let (offset, step) = (graph.constant([1], [0]), graph.constant([1], [1]))
    try graph.append("encode", Encode(.direct, offset: offset, step: step, low: -3, high: 9))
    try convolve("first", groups: 1)
    for i in 0..<5 { try grow("n\(i)") }
    let count = graph[graph.last].type.count
    let flat = try graph.append(
      "flat", Reshape(), type: TensorType(graph[graph.last].type.element, [count]))
    let matrix = graph.constant([5, count], integers: numbers.integers(5 * count, -20...20))
    try graph.append("dense", Dense(weight: matrix))
    let bias = graph.constant([5], integers: numbers.integers(5, -9...9))
    let scale = graph.constant([5], numbers.floats(5))
    let logits = try graph.append("logits", ReadOut(scale: scale, bias: bias, fractionBits: 3))
    graph.outputs = [
      logits, try graph.append("counts", Decode(scale: graph.constant([1], [0.3])), on: [flat]),
    ]
    graph.facts = [.spiking, .quantized]
    graph.timesteps = 64
  }

  private mutating func pick<T>(_ choices: T...) -> T {
    choices[Int(numbers.next() % UInt64(choices.count))]
  }

  private mutating func grow(_ name: String) throws {
    let last = graph.last
    let type = graph[last].type
    switch numbers.next() % 6 {
    case 0: try convolve(name, groups: pick(1, 2, 4))
    case 1: try graph.append(name, MaxPool(window()))
    case 2: try graph.append(name, SumPool(window()))
    case 3: try graph.append(name, Pad(padding: [1, 0, 0, 2]))
    case 4: try graph.append(name, Transpose(permutation: [1, 0, 2]))
    default:
      let weights = graph.constant([4], integers: numbers.integers(4, -9...40))
      var synapse = Diagonal(weight: weights)
      synapse.shift = 2
      let shortcut = try graph.append(name + ".shortcut", synapse)
      let kernel = graph.constant([4, 1, 1, 4], integers: numbers.integers(16, -40...40))
      let conv = try graph.append(name + ".conv", Convolution2D(weight: kernel), on: [last])
      try graph.append(name + ".sum", Add(), on: [shortcut, conv])
      try fire(name)
      guard type.element == .spike else { return }
      let joined = try graph.append(name + ".joined", Concat(axis: 1), on: [graph.last, last])
      graph.outputs = [joined]
    }
  }

  private mutating func window() -> Window2D {
    pick(
      Window2D(kernel: [1, 2], stride: [1, 1]),
      Window2D(kernel: [2, 2], stride: [1, 2], padding: [1, 0, 0, 1]),
      Window2D(kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1]))
  }

  private mutating func convolve(_ name: String, groups: Int) throws {
    var p = Convolution2D(
      weight: graph.constant([1], [0]), stride: [1, pick(1, 2)],
      padding: [2, 1, 1, 2], dilation: [pick(1, 2), 1], groups: groups)
    let kernel = [4, pick(1, 2), pick(1, 3), 4 / groups]
    p.weight = graph.constant(
      kernel, integers: numbers.integers(kernel.reduce(1, *), -40...50))
    p.shift = pick(0, 1)
    try graph.append(name + ".conv", p)
    try fire(name)
  }

  private mutating func fire(_ name: String) throws {
    let count = pick(1, 4, graph[graph.last].type.count)
    let shape = count > 4 ? graph[graph.last].type.shape : [count]
    try graph.append(
      name,
      Fire(
        threshold: graph.constant(shape, integers: numbers.integers(count, 100...900)),
        start: graph.constant(shape, integers: numbers.integers(count, 0...400)),
        bias: graph.constant(shape, integers: numbers.integers(count, -60...90)),
        fractionBits: pick(0, 2)))
  }
}
