import SpikeIR

/// Brings stored kernels into the order of the IR.
enum Kernel {
  /// A matrix `[inputs, outputs]` as `[outputs, inputs]`; also kernels `[h, w, C, O]` as
  /// `[O, h, w, C]`, whose first three axes stay together.
  static func outputsFirst(_ values: [Float], outputs: Int) -> [Float] {
    let inputs = values.count / outputs
    return [Float](unsafeUninitializedCapacity: values.count) { result, count in
      values.withUnsafeBufferPointer { source in
        var index = 0
        for output in 0..<outputs {
          var position = output
          for _ in 0..<inputs {
            result[index] = source[position]
            index += 1
            position += outputs
          }
        }
      }
      count = values.count
    }
  }

  /// A kernel `[O, h, w, C]` rotated by 180 degrees, with `taps` = h·w and `channels` = C.
  static func rotated(_ values: [Float], taps: Int, channels: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(values.count)
    for output in stride(from: 0, to: values.count, by: taps * channels) {
      for tap in (0..<taps).reversed() {
        let start = output + tap * channels
        result += values[start..<start + channels]
      }
    }
    return result
  }
}
