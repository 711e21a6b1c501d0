import SpikeIR

/// A small generator of repeatable numbers.
struct Numbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 2 &+ 1 }

  /// The next of 2^32 whole numbers.
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 32
  }

  /// Floats between -1 and 1.
  mutating func floats(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float(next() % 20001) / 10000 - 1 }
  }

  /// Integers of a range.
  mutating func integers(_ count: Int, _ range: ClosedRange<Int>) -> [Int32] {
    (0..<count).map { _ in Int32(range.lowerBound + Int(next() % UInt64(range.count))) }
  }
}

extension Graph {
  /// A graph with an input of the given shape, named `x`.
  init(input shape: [Int]) throws {
    self.init(name: "test")
    outputs = [
      try add("x", Input(), [], type: TensorType(.f32, shape), origin: Origin("x"))
    ]
  }

  /// The node that was appended last, which is the output.
  var last: NodeID { outputs[0] }

  /// Puts an operation behind the last one and makes it the output.
  @discardableResult
  mutating func append(
    _ name: String, _ parameters: any OperationParameters, on operands: [NodeID]? = nil,
    type: TensorType? = nil
  ) throws -> NodeID {
    let id = try add(name, parameters, operands ?? [last], type: type, origin: Origin(name))
    outputs = [id]
    return id
  }

  /// Adds a float constant.
  mutating func constant(_ shape: [Int], _ values: [Float]) -> ConstantID {
    constants.add("c", Tensor(shape, values))
  }

  /// Adds an integer constant.
  mutating func constant(_ shape: [Int], integers values: [Int32]) -> ConstantID {
    constants.add("c", Tensor(shape, integers: values))
  }
}

/// A convolution of one image by its definition, in doubles.
func naiveConvolution(
  _ image: [Float], _ operand: [Int], _ weights: Tensor, _ p: Convolution2D, result: [Int]
) -> [Double] {
  let (kernel, values) = (weights.shape, weights.floats)
  let outputsPerGroup = kernel[0] / p.groups
  var sums: [Double] = []
  for oy in 0..<result[0] {
    for ox in 0..<result[1] {
      for o in 0..<kernel[0] {
        var sum = 0.0
        for ky in 0..<kernel[1] {
          for kx in 0..<kernel[2] {
            let y = oy * p.stride[0] - p.padding[0] + ky * p.dilation[0]
            let x = ox * p.stride[1] - p.padding[1] + kx * p.dilation[1]
            guard (0..<operand[0]).contains(y), (0..<operand[1]).contains(x) else { continue }
            for c in 0..<kernel[3] {
              let channel = o / outputsPerGroup * kernel[3] + c
              sum +=
                Double(image[(y * operand[1] + x) * operand[2] + channel])
                * Double(values[((o * kernel[1] + ky) * kernel[2] + kx) * kernel[3] + c])
            }
          }
        }
        sums.append(sum)
      }
    }
  }
  return sums
}
