import SpikeIR

/// A synapse's weights, laid out so that one spike adds one contiguous row per tap.
protocol SpikeSynapse<Scalar>: Sendable {
  associatedtype Scalar: SpikeScalar
  /// Adds to `current` what the levels of `input` give. Zero levels cost nothing.
  func scatter(_ input: UnsafePointer<Scalar>, _ current: UnsafeMutablePointer<Scalar>)
}

/// Adds `level · row` to a run of currents.
@inline(__always)
func addRow<Scalar: SpikeScalar>(
  _ level: Scalar, _ row: UnsafePointer<Scalar>, _ target: UnsafeMutablePointer<Scalar>,
  _ count: Int
) {
  for o in 0..<count { target[o] = target[o].adding(level, times: row[o]) }
}

/// A convolution; weights `[C][kh][kw][O / groups]`.
struct SpikeConvolution<Scalar: SpikeScalar>: SpikeSynapse {
  private let weight: Buffer<Scalar>
  private let operand: TensorType
  private let result: TensorType
  private let rowTaps: [[(tap: Int, position: Int)]]
  private let columnTaps: [[(tap: Int, position: Int)]]
  private let kernelWidth: Int
  private let area: Int
  private let groupInputs: Int
  private let groupOutputs: Int

  init(_ conv: Convolution2D, _ operand: TensorType, _ result: TensorType, _ graph: Graph) {
    let tensor = graph.constants[conv.weight]
    let shape = tensor.shape
    let window = Window2D(
      kernel: [shape[1], shape[2]], stride: conv.stride, padding: conv.padding,
      dilation: conv.dilation)
    self.operand = operand
    self.result = result
    rowTaps = (0..<operand.shape[0]).map { window.taps(0, $0, of: result.shape[0]) }
    columnTaps = (0..<operand.shape[1]).map { window.taps(1, $0, of: result.shape[1]) }
    (kernelWidth, area) = (shape[2], window.area)
    (groupInputs, groupOutputs) = (shape[3], shape[0] / conv.groups)
    // [groups · O/g, kh, kw, C/g] -> [groups, C/g, kh, kw, O/g]
    let grouped = tensor.reshaped([conv.groups, groupOutputs, area, groupInputs])
    weight = Buffer(grouped.transposed([0, 3, 2, 1]).scalars())
  }

  func scatter(_ input: UnsafePointer<Scalar>, _ current: UnsafeMutablePointer<Scalar>) {
    let (width, channels) = (operand.shape[1], operand.shape[2])
    let (outWidth, outputs) = (result.shape[1], result.shape[2])
    for y in rowTaps.indices {
      for x in columnTaps.indices {
        let levels = input + (y &* width &+ x) &* channels
        for c in 0..<channels where levels[c] != 0 {
          let rows = weight.pointer + c &* area &* groupOutputs
          let first = c / groupInputs &* groupOutputs
          for (ky, oy) in rowTaps[y] {
            for (kx, ox) in columnTaps[x] {
              addRow(
                levels[c], rows + (ky &* kernelWidth &+ kx) &* groupOutputs,
                current + ((oy &* outWidth &+ ox) &* outputs &+ first), groupOutputs)
            }
          }
        }
      }
    }
  }
}

/// A dense synapse; weights `[I][O]`.
struct SpikeDense<Scalar: SpikeScalar>: SpikeSynapse {
  private let weight: Buffer<Scalar>
  private let inputs: Int
  private let outputs: Int

  init(_ dense: Dense, _ graph: Graph) {
    let tensor = graph.constants[dense.weight]
    (outputs, inputs) = (tensor.shape[0], tensor.shape[1])
    weight = Buffer(tensor.transposed([1, 0]).scalars())
  }

  func scatter(_ input: UnsafePointer<Scalar>, _ current: UnsafeMutablePointer<Scalar>) {
    for i in 0..<inputs where input[i] != 0 {
      addRow(input[i], weight.pointer + i &* outputs, current, outputs)
    }
  }
}

/// A diagonal synapse; weights repeat over the elements.
struct SpikeDiagonal<Scalar: SpikeScalar>: SpikeSynapse {
  private let weight: Buffer<Scalar>
  private let count: Int

  init(_ diagonal: Diagonal, _ type: TensorType, _ graph: Graph) {
    weight = Buffer(graph.constants[diagonal.weight].scalars())
    count = type.count
  }

  func scatter(_ input: UnsafePointer<Scalar>, _ current: UnsafeMutablePointer<Scalar>) {
    for i in 0..<count {
      current[i] = current[i].adding(input[i], times: weight.pointer[i % weight.count])
    }
  }
}

extension Tensor {
  /// The values as the numbers that the network is computed with.
  func scalars<Scalar: SpikeScalar>() -> [Scalar] {
    switch storage {
    case .f32(let values): values.map { Scalar(weight: $0) }
    case .i32(let values): values.map { Scalar(integer: $0) }
    }
  }

  /// The values, repeated or as they are, one for each of `count` elements.
  func scalars<Scalar: SpikeScalar>(spreadOver count: Int) -> [Scalar] {
    let short: [Scalar] = scalars()
    return (0..<count).map { short[$0 % short.count] }
  }
}
