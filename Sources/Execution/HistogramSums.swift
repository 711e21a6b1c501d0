/// What a histogram's values add up to over any range of bins, at once: each value is taken for the
/// middle of its bin.
struct HistogramSums {
  /// Number, sum and sum of squares of some values.
  typealias Sums = (count: Double, values: Double, squares: Double)

  /// The sums of all bins below each.
  private let below: [Sums]
  private let histogram: Histogram
  private let binsPerUnit: Double

  init(_ histogram: Histogram) {
    self.histogram = histogram
    binsPerUnit = 0.5 / histogram.middle(ofBin: 0)
    var sums: [Sums] = [(0, 0, 0)]
    sums.reserveCapacity(Histogram.binCount + 1)
    for (bin, count) in histogram.counts.enumerated() {
      let (last, value, count) = (sums[bin], histogram.middle(ofBin: bin), Double(count))
      sums.append(
        (last.count + count, last.values + count * value, last.squares + count * value * value))
    }
    below = sums
  }

  /// How many values there are.
  var total: Double { below[Histogram.binCount].count }

  /// The value in the middle of a bin.
  func middle(ofBin bin: Int) -> Double { histogram.middle(ofBin: bin) }

  /// The bin, before `end`, whose middle is about the least from `value` on.
  func bin(near value: Double, below end: Int) -> Int {
    Int(min(max(value * binsPerUnit + 0.5, 0), Double(end - 1)))
  }

  /// The sums over some bins.
  func of(_ bins: Range<Int>) -> Sums {
    let (low, high) = (below[bins.lowerBound], below[bins.upperBound])
    return (high.count - low.count, high.values - low.values, high.squares - low.squares)
  }
}
