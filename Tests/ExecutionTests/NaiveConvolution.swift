import SpikeIR

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
