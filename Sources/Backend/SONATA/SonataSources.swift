import SpikeIR

/// A neuron: the number of its population, and its place in it.
struct SonataNeuron: Hashable {
  var population: Int32
  var index: Int32
}

/// Which neurons' spikes each element of a spike or level value adds up.
struct SonataSources {
  /// Where the neurons of each element begin; one more at the end.
  private(set) var starts: [Int32] = [0]
  private(set) var neurons: [SonataNeuron] = []

  /// The value of a population itself.
  init(population: Int, count: Int) {
    starts = (0...Int32(count)).map { $0 }
    neurons = (0..<Int32(count)).map { SonataNeuron(population: Int32(population), index: $0) }
  }

  /// A value whose element i adds up the listed elements of others.
  private init(_ elements: some Sequence<[(operand: Int, element: Int)]>, of operands: [Self]) {
    for list in elements {
      for (operand, element) in list { neurons += operands[operand][element] }
      starts.append(Int32(neurons.count))
    }
  }

  /// The neurons of an element.
  subscript(element: Int) -> ArraySlice<SonataNeuron> {
    neurons[Int(starts[element])..<Int(starts[element + 1])]
  }

  /// The sources of a node's value, from those of its operands.
  ///
  /// - Throws: a `Diagnostic` for a max-pooling, which no synapse does.
  init(_ node: Node, _ graph: Graph, operands: [Self]) throws {
    let types = graph.operandTypes(of: node.id)
    switch node.operation {
    case .reshape: self = operands[0]
    case .transpose(let transpose):
      let order = Tensor.transposedIndices(types[0].shape, transpose.permutation)
      self.init(order.lazy.map { [(operand: 0, element: $0)] }, of: operands)
    case .pad, .sumPool:
      let taps = SonataWindow(node, types[0])
      self.init(
        (0..<node.type.count).lazy.map { taps[$0].map { (operand: 0, element: $0) } }, of: operands)
    case .concat(let concat):
      let runs = types.map { $0.shape[concat.axis...].reduce(1, *) }
      let rows = types[0].count / max(runs[0], 1)
      let list = (0..<rows).flatMap { row in
        runs.enumerated().flatMap { operand, run in
          (row * run..<(row + 1) * run).map { [(operand: operand, element: $0)] }
        }
      }
      self.init(list, of: operands)
    case .maxPool:
      throw Diagnostic(
        "a max-pooling, which synapses cannot do", origin: node.origin,
        notes: ["train the network with average pooling"])
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .add, .encode, .fire, .readOut, .decode:
      preconditionFailure("\(node.operation.mnemonic) gives no spikes of others")
    }
  }
}

/// The elements of the operand that a padding or a pooling takes for each element of its result.
struct SonataWindow {
  private let window: Window2D
  private let operand: [Int]
  private let result: [Int]

  init(_ node: Node, _ operand: TensorType) {
    (self.operand, result) = (operand.shape, node.type.shape)
    switch node.operation {
    case .sumPool(let pool): window = pool.window
    case .pad(let pad):
      window = Window2D(kernel: [1, 1], stride: [1, 1], padding: pad.padding)
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .maxPool, .add, .concat, .reshape, .transpose, .encode, .fire, .readOut,
      .decode:
      preconditionFailure("\(node.operation.mnemonic) has no window")
    }
  }

  subscript(element: Int) -> [Int] {
    let (channels, place) = (operand[2], element / result[2])
    let (y, x) = (place / result[1], place % result[1])
    var list: [Int] = []
    for ky in 0..<window.kernel[0] {
      let iy = y * window.stride[0] + ky - window.padding[0]
      guard (0..<operand[0]).contains(iy) else { continue }
      for kx in 0..<window.kernel[1] {
        let ix = x * window.stride[1] + kx - window.padding[1]
        guard (0..<operand[1]).contains(ix) else { continue }
        list.append((iy * operand[1] + ix) * channels + element % channels)
      }
    }
    return list
  }
}
