import SpikeIR

/// A convolution: matrix products, or a depthwise one directly.
struct AnalogConvolution: Sendable {
  private enum Synapse {
    case product(ConvolutionProduct<Float>)
    /// The weights are `[kh · kw][O]`.
    case depthwise(Window2D, weight: [Float])
  }

  private let operand: TensorType
  private let result: TensorType
  private let synapse: Synapse
  private let bias: [Float]

  init(_ conv: Convolution2D, _ operand: TensorType, _ result: TensorType, _ graph: Graph) {
    let tensor = graph.constants[conv.weight]
    let window = conv.window(graph.constants)
    self.operand = operand
    self.result = result
    bias =
      conv.bias.map { graph.constants[$0].floats }
      ?? [Float](repeating: 0, count: tensor.shape[0])
    if conv.groups > 1, conv.groups == operand.shape[2] {
      synapse = .depthwise(window, weight: tensor.transposed([1, 2, 3, 0]).floats)
    } else {
      synapse = .product(
        ConvolutionProduct(window, operand, result, groups: conv.groups, tensor.floats))
    }
  }

  func run(_ x: [Float], count: Int) -> [Float] {
    let positions = result.shape[0] * result.shape[1]
    let outputs = result.shape[2]
    var y = [Float](unsafeUninitializedCapacity: count * positions * outputs) { y, written in
      bias.withUnsafeBufferPointer { bias in
        for row in 0..<count * positions {
          (y.baseAddress! + row &* outputs).initialize(from: bias.baseAddress!, count: outputs)
        }
      }
      written = count * positions * outputs
    }
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        switch synapse {
        case .product(let product): product.add(x.baseAddress!, count: count, to: y.baseAddress!)
        case .depthwise(let window, let weight):
          for n in 0..<count {
            depthwise(
              window, weight, x.baseAddress! + n * operand.count, y.baseAddress! + n * result.count)
          }
        }
      }
    }
    return y
  }

  /// Every output channel sees one input channel: `O = C · multiplier`.
  private func depthwise(
    _ window: Window2D, _ weight: [Float], _ x: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
  ) {
    let (height, width, channels) = (operand.shape[0], operand.shape[1], operand.shape[2])
    let outputs = result.shape[2]
    let multiplier = outputs / channels
    weight.withUnsafeBufferPointer { weight in
      for oy in 0..<result.shape[0] {
        for ox in 0..<result.shape[1] {
          let target = y + (oy &* result.shape[1] &+ ox) &* outputs
          for ky in 0..<window.kernel[0] {
            let iy = oy &* window.stride[0] &- window.padding[0] &+ ky &* window.dilation[0]
            guard iy >= 0, iy < height else { continue }
            for kx in 0..<window.kernel[1] {
              let ix = ox &* window.stride[1] &- window.padding[1] &+ kx &* window.dilation[1]
              guard ix >= 0, ix < width else { continue }
              let source = x + (iy &* width &+ ix) &* channels
              let taps = weight.baseAddress! + (ky &* window.kernel[1] &+ kx) &* outputs
              if multiplier == 1 {
                for o in 0..<outputs { target[o] += source[o] * taps[o] }
              } else {
                for o in 0..<outputs { target[o] += source[o / multiplier] * taps[o] }
              }
            }
          }
        }
      }
    }
  }
}

/// A dense synapse as one matrix product for all samples.
struct AnalogDense: Sendable {
  private let weight: [Float]
  private let bias: [Float]
  private let outputs: Int
  private let inputs: Int

  init(_ dense: Dense, _ graph: Graph) {
    let tensor = graph.constants[dense.weight]
    (outputs, inputs) = (tensor.shape[0], tensor.shape[1])
    weight = tensor.floats
    bias =
      dense.bias.map { graph.constants[$0].floats } ?? [Float](repeating: 0, count: outputs)
  }

  func run(_ x: [Float], count: Int) -> [Float] {
    var y = (0..<count).flatMap { _ in bias }
    Float.addProduct(
      rows: count, columns: outputs, depth: inputs, x, weight, to: &y, pitch: outputs)
    return y
  }
}
