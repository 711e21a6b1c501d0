/// The histograms of neighbouring channels, filled together.
struct HistogramBank {
  /// So many channels at most.
  static let most = Lanes.scalarCount

  /// The values of one row, and beyond the last channel zeros.
  typealias Lanes = SIMD16<Float>

  private typealias Bins = SIMD16<Int32>

  /// What is not positive counts in these behind a histogram, in turn: without a branch, as half of
  /// the values are positive and nothing tells which, and without waiting for the row before.
  private static let spareBins: Int32 = 256

  /// From one histogram to the next. Were it a multiple of 4 KiB, equal bins of all channels would
  /// share a few lines of the cache.
  private static let pitch = Histogram.binCount + Int(spareBins) + 16

  private var counts: [UInt32]
  private var exponents: [Int]
  private var densities: Lanes

  /// Empty ones; traps beyond `most`.
  init(count: Int) {
    precondition(count <= HistogramBank.most)
    let empty = Histogram()
    counts = [UInt32](repeating: 0, count: count * HistogramBank.pitch)
    exponents = [Int](repeating: empty.exponent, count: count)
    densities = Lanes(repeating: Histogram.density(empty.exponent))
  }

  /// What was counted in each.
  var histograms: [Histogram] {
    exponents.indices.map { c in
      let start = c * HistogramBank.pitch
      return Histogram(
        counts: Array(counts[start..<start + Histogram.binCount]), exponent: exponents[c])
    }
  }

  /// Counts the positive ones of finite values: those of the channel `first` and the next ones, in
  /// rows of `stride` channels.
  ///
  /// - Parameter largest: the largest value of each channel, or something above it.
  mutating func count(
    _ values: UnsafeBufferPointer<Float>, first: Int, stride: Int, largest: [Float]
  ) {
    for (channel, value) in largest.enumerated() { widen(channel, toHold: value) }
    let rows = Swift.stride(from: first, to: values.count, by: stride)
    if exponents.count == HistogramBank.most {
      // A constant, so that the loop over the channels is unrolled.
      count(rows, channels: HistogramBank.most) { row in
        UnsafeRawPointer(values.baseAddress! + row).loadUnaligned(as: Lanes.self)
      }
    } else {
      let channels = exponents.count
      count(rows, channels: channels) { row in
        var lanes = Lanes(repeating: 0)
        for c in 0..<channels { lanes[c] = values[row &+ c] }
        return lanes
      }
    }
  }

  private mutating func widen(_ channel: Int, toHold value: Float) {
    guard value * densities[channel] >= Float(Histogram.binCount) else { return }
    let target = Int(value.exponent) + 1
    counts.withUnsafeMutableBufferPointer {
      Histogram.merge(
        $0.baseAddress! + channel * HistogramBank.pitch, shift: target - exponents[channel])
    }
    exponents[channel] = target
    densities[channel] = Histogram.density(target)
  }

  /// Counts rows that no histogram is too narrow for.
  @inline(__always)
  private mutating func count(_ rows: StrideTo<Int>, channels: Int, _ load: (Int) -> Lanes) {
    let densities = densities
    var spare: Int32 = 0
    counts.withUnsafeMutableBufferPointer { counts in
      withUnsafeTemporaryAllocation(of: Bins.self, capacity: 1) { bins in
        let bin = UnsafeRawPointer(bins.baseAddress!).assumingMemoryBound(to: Int32.self)
        for row in rows {
          let value = load(row)
          spare = (spare &+ 1) % HistogramBank.spareBins
          let idle = Bins(repeating: Int32(Histogram.binCount) &+ spare)
          bins.initialize(
            repeating: HistogramBank.bins(value * densities)
              .replacing(with: idle, where: value .<= 0))
          for c in 0..<channels { counts[c &* HistogramBank.pitch &+ Int(bin[c])] &+= 1 }
        }
      }
    }
  }

  /// The whole parts of numbers from 0 to below the number of bins; some bin for others.
  @inline(__always)
  private static func bins(_ scaled: Lanes) -> Bins {
    // A number as large as this has no digits behind the point: what is added rounds, and then
    // stands in the last bits.
    let large = Lanes(repeating: 1 / Float.ulpOfOne)
    let sum = scaled + large
    let excess = Bins(repeating: 0).replacing(with: 1, where: sum - large .> scaled)
    let near = unsafeBitCast(sum, to: Bins.self)
    return (near &- excess) & Bins(repeating: Int32(Histogram.binCount - 1))
  }
}
