import SpikeIR

/// Brings stored kernels into the order of the IR.
enum Kernel {
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
