import COpenBLAS
import SpikeIR

/// A convolution as matrix products, one per sample and group; a depthwise one directly.
struct AnalogConvolution: Sendable {
  private let window: Window2D
  private let operand: TensorType
  private let result: TensorType
  private let groups: Int
  /// `[O][kh · kw · C/g]`, row-major; for a depthwise convolution `[kh · kw][O]`.
  private let weight: [Float]
  private let bias: [Float]

  init(_ conv: Convolution2D, _ operand: TensorType, _ result: TensorType, _ graph: Graph) {
    let tensor = graph.constants[conv.weight]
    window = Window2D(
      kernel: Array(tensor.shape[1...2]), stride: conv.stride, padding: conv.padding,
      dilation: conv.dilation)
    self.operand = operand
    self.result = result
    groups = conv.groups
    bias =
      conv.bias.map { graph.constants[$0].floats }
      ?? [Float](repeating: 0, count: tensor.shape[0])
    weight =
      tensor.shape[3] == 1 && conv.groups > 1
      ? tensor.transposed([1, 2, 3, 0]).floats : tensor.floats
  }

  private var isDepthwise: Bool { groups > 1 && groups == operand.shape[2] }
  private var isPointwise: Bool {
    window.area == 1 && window.stride == [1, 1] && window.padding == [0, 0, 0, 0] && groups == 1
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
        if isPointwise {
          multiply(
            x.baseAddress!, operand.shape[2], 0, y.baseAddress!, rows: count * positions)
        } else if isDepthwise {
          for n in 0..<count {
            depthwise(
              x.baseAddress! + n * operand.count, y.baseAddress! + n * result.count)
          }
        } else {
          unrolled(x, y, count: count)
        }
      }
    }
    return y
  }

  /// y[rows × O/g] += columns[rows × depth] · weightᵀ for one group.
  private func multiply(
    _ columns: UnsafePointer<Float>, _ depth: Int, _ group: Int, _ y: UnsafeMutablePointer<Float>,
    rows: Int
  ) {
    let outputs = result.shape[2]
    let groupOutputs = outputs / groups
    weight.withUnsafeBufferPointer { weight in
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(groupOutputs), Int32(depth), 1,
        columns, Int32(depth), weight.baseAddress! + group * groupOutputs * depth, Int32(depth), 1,
        y + group * groupOutputs, Int32(outputs))
    }
  }

  private func unrolled(
    _ x: UnsafeBufferPointer<Float>, _ y: UnsafeMutableBufferPointer<Float>, count: Int
  ) {
    let width = operand.shape[2] / groups
    let depth = window.area * width
    let positions = result.shape[0] * result.shape[1]
    withUnsafeTemporaryAllocation(of: Float.self, capacity: positions * depth) { columns in
      for n in 0..<count {
        for group in 0..<groups {
          let sample = x.baseAddress! + n * operand.count + group * width
          unroll(sample, columns.baseAddress!, width: width)
          multiply(
            columns.baseAddress!, depth, group, y.baseAddress! + n * result.count,
            rows: positions)
        }
      }
    }
  }

  /// Writes the window of every position as a row: `[positions][kh][kw][width]`.
  private func unroll(
    _ x: UnsafePointer<Float>, _ columns: UnsafeMutablePointer<Float>, width: Int
  ) {
    let (height, rowWidth, channels) = (operand.shape[0], operand.shape[1], operand.shape[2])
    var target = columns
    for oy in 0..<result.shape[0] {
      for ox in 0..<result.shape[1] {
        for ky in 0..<window.kernel[0] {
          let iy = oy &* window.stride[0] &- window.padding[0] &+ ky &* window.dilation[0]
          for kx in 0..<window.kernel[1] {
            let ix = ox &* window.stride[1] &- window.padding[1] &+ kx &* window.dilation[1]
            if iy < 0 || iy >= height || ix < 0 || ix >= rowWidth {
              target.update(repeating: 0, count: width)
            } else {
              target.update(from: x + (iy &* rowWidth &+ ix) &* channels, count: width)
            }
            target += width
          }
        }
      }
    }
  }

  /// Every output channel sees one input channel: `O = C · multiplier`.
  private func depthwise(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
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
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(count), Int32(outputs), Int32(inputs), 1, x,
      Int32(inputs), weight, Int32(inputs), 1, &y, Int32(outputs))
    return y
  }
}
