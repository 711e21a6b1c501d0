/// The histograms of neighbouring channels, filled together.
struct HistogramBank {
  private var counts: [UInt32]
  private var exponents: [Int]
  private var densities: [Float]

  /// Empty ones.
  init(count: Int) {
    let empty = Histogram()
    counts = [UInt32](repeating: 0, count: count * Histogram.binCount)
    exponents = [Int](repeating: empty.exponent, count: count)
    densities = [Float](repeating: Histogram.density(empty.exponent), count: count)
  }

  /// What was counted in each.
  var histograms: [Histogram] {
    exponents.indices.map { c in
      let start = c * Histogram.binCount
      return Histogram(
        counts: Array(counts[start..<start + Histogram.binCount]), exponent: exponents[c])
    }
  }

  /// Counts the positive ones of finite values: those of the channel `first` and the next ones, in
  /// rows of `stride` channels.
  mutating func count(_ values: UnsafeBufferPointer<Float>, first: Int, stride: Int) {
    let width = exponents.count
    counts.withUnsafeMutableBufferPointer { counts in
      densities.withUnsafeMutableBufferPointer { densities in
        for row in Swift.stride(from: first, to: values.count, by: stride) {
          for c in 0..<width {
            let value = values[row &+ c]
            // Values too small for the smallest bins all count in the first.
            var bin = value * densities[c]
            if bin >= Float(Histogram.binCount) {
              let target = Int(value.exponent) + 1
              Histogram.merge(
                counts.baseAddress! + c * Histogram.binCount, shift: target - exponents[c])
              exponents[c] = target
              densities[c] = Histogram.density(target)
              bin = value * densities[c]
            }
            // No branch: half of the values are positive, and nothing tells which.
            counts[c &* Histogram.binCount &+ Int(max(bin, 0))] &+= value > 0 ? 1 : 0
          }
        }
      }
    }
  }
}
