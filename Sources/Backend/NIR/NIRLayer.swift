import SpikeIR
import SpikeTargets

/// The parameters of one synapse, pooling or population in a NIR file.
struct NIRLayer {
  let graph: Graph
  let node: Node
  let operand: NIRValue
  /// By what the weights of all, or of each output channel, are multiplied.
  let factors: [Double]
  /// The bias of each output channel.
  let bias: [Double]?
  let target: Target
  /// A matrix of one weight per element would have more numbers than this.
  private static let mostDiagonal = 4096

  struct Made {
    var type: String
    var fields: [(name: String, value: NIRNetwork.Field)]
    var metadata: [(name: String, value: NIRNetwork.Field)] = []
    /// Whether the elements stay where they are, as those of a flattened value do.
    var keepsOrder = false
  }

  func make() -> Result<Made, Diagnostic> {
    switch node.operation {
    case .conv2d(let conv): convolution(conv)
    case .dense(let dense): .success(affine(dense))
    case .diagonal(let diagonal): self.diagonal(diagonal)
    case .sumPool(let pool): .success(sumPool(pool.window))
    case .fire(let fire): population(fire)
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .maxPool, .add, .concat,
      .reshape, .transpose, .pad, .encode, .readOut, .decode:
      preconditionFailure("\(node.operation.mnemonic) is no layer")
    }
  }

  private func refused(_ what: String, _ help: String = "use --per-layer") -> Result<
    Made, Diagnostic
  > {
    .failure(Diagnostic("NIR cannot hold \(what)", origin: node.origin, notes: [help]))
  }

  private func factor(_ channel: Int) -> Double { factors[channel % factors.count] }

  private func biases(_ count: Int) -> NIRNetwork.Field {
    .floats((0..<count).map { Float(bias?[$0] ?? 0) }, shape: [count])
  }

  private func convolution(_ conv: Convolution2D) -> Result<Made, Diagnostic> {
    guard conv.groups == 1, Array(conv.padding[..<2]) == Array(conv.padding[2...]) else {
      return refused("groups or asymmetric padding")
    }
    let tensor = graph.constants[conv.weight]
    let unit = Double(1 << conv.shift)
    let rowLength = tensor.count / tensor.shape[0]
    let order = Tensor.transposedIndices(tensor.shape, [0, 3, 1, 2])
    let integers = tensor.integers
    let weights = order.map { Float(Double(integers[$0]) * unit * factor($0 / rowLength)) }
    return .success(
      convolution(
        weights, [0, 3, 1, 2].map { tensor.shape[$0] }, stride: conv.stride,
        padding: Array(conv.padding[..<2]), dilation: conv.dilation))
  }

  /// - Parameter shape: outputs, inputs, rows, columns.
  private func convolution(
    _ weights: [Float], _ shape: [Int], stride: [Int], padding: [Int], dilation: [Int] = [1, 1]
  ) -> Made {
    func pair(_ values: [Int]) -> NIRNetwork.Field { .integers(values, shape: [2]) }
    return Made(
      type: "Conv2d",
      fields: [
        ("input_shape", pair(Array(operand.shape.suffix(2)))),
        ("weight", .floats(weights, shape: shape)), ("bias", biases(shape[0])),
        ("stride", pair(stride)), ("padding", pair(padding)), ("dilation", pair(dilation)),
        ("groups", .integers([1], shape: [])),
      ])
  }

  private func affine(_ dense: Dense) -> Made {
    let tensor = graph.constants[dense.weight]
    let (rows, width) = (tensor.shape[0], tensor.shape[1])
    let (integers, unit) = (tensor.integers, Double(1 << dense.shift))
    var weights: [Float] = []
    weights.reserveCapacity(tensor.count)
    for row in 0..<rows {
      let scale = unit * factor(row)
      for column in operand.order {
        weights.append(Float(Double(integers[row * width + column]) * scale))
      }
    }
    return affine(weights, [rows, width])
  }

  private func affine(_ weights: [Float], _ shape: [Int], keepsOrder: Bool = false) -> Made {
    Made(
      type: "Affine",
      fields: [("weight", .floats(weights, shape: shape)), ("bias", biases(shape[0]))],
      keepsOrder: keepsOrder)
  }

  /// A convolution of one tap, or a matrix, with zeros beside the diagonal.
  private func diagonal(_ diagonal: Diagonal) -> Result<Made, Diagnostic> {
    let integers = graph.constants[diagonal.weight].integers
    let (type, unit) = (node.type, Double(1 << diagonal.shift))
    let count = type.shape.count == 3 ? type.channels : type.count
    guard count <= NIRLayer.mostDiagonal else {
      return refused("\(count) weights of one element each")
    }
    guard integers.count <= count else { return refused("a weight that differs within a channel") }
    var weights = [Float](repeating: 0, count: count * count)
    for i in 0..<count {
      let element = type.shape.count == 3 ? i : operand.order[i]
      weights[i * count + i] = Float(
        Double(integers[element % integers.count]) * unit * factor(element))
    }
    if type.shape.count == 3 {
      return .success(
        convolution(weights, [count, count, 1, 1], stride: [1, 1], padding: [0, 0]))
    }
    guard bias == nil || operand.order == Array(0..<count) else {
      return refused("a bias on flattened values that are only scaled")
    }
    return .success(affine(weights, [count, count], keepsOrder: true))
  }

  /// A pooling of its own; a convolution of ones where the window reaches over the border, or where
  /// its area is no power of two: libraries divide by the area and multiply again.
  private func sumPool(_ window: Window2D) -> Made {
    if window.padding == [0, 0, 0, 0], window.area.nonzeroBitCount == 1 {
      func pair(_ values: [Int]) -> NIRNetwork.Field { .integers(values, shape: [2]) }
      return Made(
        type: "SumPool2d",
        fields: [
          ("kernel_size", pair(window.kernel)), ("stride", pair(window.stride)),
          ("padding", pair([0, 0])),
        ])
    }
    // Zeros in front and behind make the padding symmetric, as in symmetrize-padding.
    let sides = (0..<2).map { max(window.padding[$0], window.padding[$0 + 2]) }
    let lead = (0..<2).map { sides[$0] - window.padding[$0] }
    let extents = (0..<2).map { axis -> Int in
      let padded = window.padding[axis] + window.padding[axis + 2]
      return window.kernel[axis] + 2 * sides[axis] - padded
    }
    let channels = node.type.channels
    var weights = [Float](repeating: 0, count: channels * channels * extents[0] * extents[1])
    for channel in 0..<channels {
      for y in 0..<window.kernel[0] {
        for x in 0..<window.kernel[1] {
          let plane = (channel * channels + channel) * extents[0]
          weights[(plane + lead[0] + y) * extents[1] + lead[1] + x] = 1
        }
      }
    }
    return convolution(
      weights, [channels, channels] + extents, stride: window.stride, padding: sides)
  }

  /// Neurons of threshold 1; for snnTorch, whose IF leaks, LIF of so long a time constant that
  /// nothing leaks in 32-bit floats.
  private func population(_ fire: Fire) -> Result<Made, Diagnostic> {
    guard fire.neuron.spikes <= target.neuron.spikes else {
      return refused(
        "neurons that send \(fire.neuron.spikes) spikes at once", "leave out split-neurons")
    }
    func all(_ value: Float) -> NIRNetwork.Field {
      .floats([Float](repeating: value, count: operand.order.count), shape: operand.shape)
    }
    var made = Made(
      type: "IF", fields: [("r", all(1)), ("v_threshold", all(1))], keepsOrder: true)
    if target.nirNeuron == .leaky {
      // dt is 1e-4 there: β = 1 - dt/τ rounds to 1, and r · dt/τ is 1.
      made.type = "LIF"
      made.fields = [
        ("tau", all(1e6)), ("r", all(1e10)), ("v_leak", all(0)), ("v_threshold", all(1)),
      ]
    }
    let theta = graph.constants[fire.threshold].floats
    let start = graph.constants[fire.start].floats
    let full = (0..<node.type.count).map { start[$0 % start.count] / theta[$0 % theta.count] }
    if full.contains(where: { $0 != 0 }) {
      made.metadata.append(("start", .floats(operand.order.map { full[$0] }, shape: operand.shape)))
    }
    // The smallest step of a charge, by half of which a start shifts where V > θ is compared.
    made.metadata.append(
      ("step", .floats(operand.order.map { 1 / theta[$0 % theta.count] }, shape: operand.shape)))
    return .success(made)
  }
}
