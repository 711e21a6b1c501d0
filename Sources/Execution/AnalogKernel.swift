import SpikeIR

/// What one node of the analog stage computes, with everything prepared that does not depend on
/// the sample.
enum AnalogKernel: Sendable {
  case convolution(AnalogConvolution)
  case dense(AnalogDense)
  case affine(factor: [Float], shift: [Float])
  case clip(ceiling: [Float]?)
  case leaky(slope: [Float])
  case activation(Activation, channels: Int)
  case pool(AnalogPool)
  case add
  case concat(runs: [Int])
  case copy
  case gather(order: [Int])
  case pad(TensorType, [Int])

  /// The kernel of a node; nil for an input.
  ///
  /// - Throws: a `Diagnostic` for an operation of the spiking stage.
  init?(_ node: Node, _ graph: Graph) throws {
    let types = graph.operandTypes(of: node.id)
    func floats(_ id: ConstantID) -> [Float] { graph.constants[id].floats }
    switch node.operation {
    case .input: return nil
    case .conv2d(let conv): self = .convolution(AnalogConvolution(conv, types[0], node.type, graph))
    case .dense(let dense): self = .dense(AnalogDense(dense, graph))
    case .diagonal(let diagonal):
      let factor = floats(diagonal.weight)
      let shift = diagonal.bias.map(floats) ?? [0]
      let period = max(factor.count, shift.count, node.type.channels)
      self = .affine(
        factor: (0..<period).map { factor[$0 % factor.count] },
        shift: (0..<period).map { shift[$0 % shift.count] })
    case .batchNorm(let norm): self = AnalogKernel.normalisation(norm, graph)
    case .relu(let relu):
      let scale = graph.scale(of: node.id).spread(node.type)
      self = .clip(ceiling: relu.ceiling.map { top in scale.map { Float(top) / $0 } })
    case .leakyRelu(let leaky): self = .leaky(slope: Scale(floats(leaky.slope)).spread(node.type))
    case .activation(let activation):
      self = .activation(activation, channels: node.type.channels)
    case .averagePool(let pool):
      self = .pool(
        AnalogPool(.mean(countsPadding: pool.countsPadding), pool.window, types[0], node.type))
    case .sumPool(let pool): self = .pool(AnalogPool(.sum, pool.window, types[0], node.type))
    case .maxPool(let pool): self = .pool(AnalogPool(.maximum, pool.window, types[0], node.type))
    case .add: self = .add
    case .concat(let concat):
      self = .concat(runs: types.map { $0.shape[concat.axis...].reduce(1, *) })
    case .reshape: self = .copy
    case .transpose(let transpose):
      self = .gather(order: Tensor.transposedIndices(types[0].shape, transpose.permutation))
    case .pad(let pad): self = .pad(types[0], pad.padding)
    case .encode, .fire, .readOut, .decode:
      throw Diagnostic(
        "'\(node.operation.mnemonic)' belongs to the spiking stage; the analog executor runs CNNs",
        origin: node.origin)
    }
  }

  /// γ / √(variance + ε) and the shift, computed in 64 bits.
  private static func normalisation(_ norm: BatchNorm, _ graph: Graph) -> AnalogKernel {
    func doubles(_ id: ConstantID) -> [Double] { graph.constants[id].floats.map { Double($0) } }
    let (mean, variance) = (doubles(norm.mean), doubles(norm.variance))
    let gamma = norm.gamma.map(doubles)
    let beta = norm.beta.map(doubles)
    let factor = variance.indices.map {
      (gamma?[$0] ?? 1) / (variance[$0] + norm.epsilon).squareRoot()
    }
    let shift = variance.indices.map { (beta?[$0] ?? 0) - factor[$0] * mean[$0] }
    return .affine(factor: factor.map { Float($0) }, shift: shift.map { Float($0) })
  }

  /// The values of `count` samples.
  func run(_ operands: [[Float]], count: Int) -> [Float] {
    switch self {
    case .convolution(let convolution): return convolution.run(operands[0], count: count)
    case .dense(let dense): return dense.run(operands[0], count: count)
    case .affine(let factor, let shift):
      return periodic(operands[0], factor.count) { $0 * factor[$1] + shift[$1] }
    case .clip(nil): return periodic(operands[0], operands[0].count) { x, _ in max(x, 0) }
    case .clip(let ceiling?):
      return periodic(operands[0], ceiling.count) { min(max($0, 0), ceiling[$1]) }
    case .leaky(let slope):
      return periodic(operands[0], slope.count) { $0 < 0 ? $0 * slope[$1] : $0 }
    case .activation(let activation, let channels):
      return activation.apply(operands[0], channels: channels)
    case .pool(let pool): return pool.run(operands[0], count: count)
    case .add:
      return operands.dropFirst().reduce(into: operands[0]) { sum, next in
        for i in sum.indices { sum[i] += next[i] }
      }
    case .concat(let runs): return joined(operands, runs)
    case .copy: return operands[0]
    case .gather(let order): return gathered(operands[0], order)
    case .pad(let type, let padding): return padded(operands[0], type, padding, count: count)
    }
  }

  private func periodic(_ x: [Float], _ period: Int, _ body: (Float, Int) -> Float) -> [Float] {
    [Float](unsafeUninitializedCapacity: x.count) { result, initialised in
      x.withUnsafeBufferPointer { x in
        for start in stride(from: 0, to: x.count, by: period) {
          for i in 0..<period { result[start &+ i] = body(x[start &+ i], i) }
        }
      }
      initialised = x.count
    }
  }

  private func joined(_ operands: [[Float]], _ runs: [Int]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(operands.reduce(0) { $0 + $1.count })
    for row in 0..<operands[0].count / runs[0] {
      for (operand, run) in zip(operands, runs) {
        result += operand[row * run..<(row + 1) * run]
      }
    }
    return result
  }

  private func gathered(_ x: [Float], _ order: [Int]) -> [Float] {
    stride(from: 0, to: x.count, by: order.count).flatMap { start in order.map { x[start + $0] } }
  }

  private func padded(_ x: [Float], _ type: TensorType, _ padding: [Int], count: Int) -> [Float] {
    let (height, width, channels) = (type.shape[0], type.shape[1], type.shape[2])
    let outWidth = width + padding[1] + padding[3]
    let outHeight = height + padding[0] + padding[2]
    var result = [Float](repeating: 0, count: count * outHeight * outWidth * channels)
    let run = width * channels
    for row in 0..<count * height {
      let (sample, y) = (row / height, row % height)
      let target = ((sample * outHeight + y + padding[0]) * outWidth + padding[1]) * channels
      for i in 0..<run { result[target + i] = x[row * run + i] }
    }
    return result
  }
}

extension Scale {
  /// The values as a list that repeats over the elements: one per channel or per element.
  func spread(_ type: TensorType) -> [Float] {
    values.count == 1 ? [Float](repeating: values[0], count: max(type.channels, 1)) : values
  }
}
