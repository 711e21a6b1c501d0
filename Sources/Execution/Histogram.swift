/// Counts positive values of any size in equal bins, in one pass.
///
/// The bins reach from 0 to a power of two, which doubles, two bins becoming one, whenever a value
/// lies beyond it. So the counts do not depend on the order of the values, and all values up to
/// the largest lie in at least half of the bins.
struct Histogram: Sendable {
  /// How many bins there are.
  static let binCount = 4096

  /// The number of values in each bin.
  private(set) var counts = [UInt32](repeating: 0, count: binCount)
  /// All values lie below 2^exponent.
  private(set) var exponent = -100
  /// Bins per unit: a value's bin is the whole part of their product.
  private var density = Histogram.density(-100)

  static func density(_ exponent: Int) -> Float {
    Float(sign: .plus, exponent: -exponent, significand: Float(binCount))
  }

  init() {}

  /// A histogram of which all is known.
  init(counts: [UInt32], exponent: Int) {
    precondition(counts.count == Self.binCount)
    self.counts = counts
    widened(to: exponent)
  }

  private mutating func widened(to target: Int) {
    exponent = target
    density = Histogram.density(target)
  }

  /// Merges bins until they reach to 2^target.
  private mutating func widen(to target: Int) {
    guard target > exponent else { return }
    let shift = target - exponent
    counts.withUnsafeMutableBufferPointer { Self.merge($0.baseAddress!, shift: shift) }
    widened(to: target)
  }

  /// Makes one bin of each 2^shift.
  static func merge(_ counts: UnsafeMutablePointer<UInt32>, shift: Int) {
    for bin in 0..<Self.binCount {
      let count = counts[bin]
      counts[bin] = 0
      counts[shift < Int.bitWidth ? bin >> shift : 0] &+= count
    }
  }

  /// Adds the counts of another histogram.
  mutating func merge(_ other: Histogram) {
    var other = other
    other.widen(to: exponent)
    widen(to: other.exponent)
    for bin in 0..<Self.binCount { counts[bin] &+= other.counts[bin] }
  }

  /// The percentile of the counted values, interpolated within a bin and at most `largest`; 0
  /// where nothing was counted.
  ///
  /// As numpy's `percentile`: interpolated linearly between the two values next to the rank.
  func percentile(_ percent: Double, largest: Float) -> Float {
    let total = counts.reduce(0) { $0 + Int($1) }
    guard total > 0 else { return 0 }
    let rank = min(max(percent / 100, 0), 1) * Double(total - 1)
    guard rank < Double(total - 1) else { return largest }
    let below = value(ofRank: Int(rank), largest)
    let above = Int(rank) + 1 < total - 1 ? value(ofRank: Int(rank) + 1, largest) : Double(largest)
    return Float(below + (above - below) * (rank - rank.rounded(.down)))
  }

  /// The value in the middle of a bin.
  func middle(ofBin bin: Int) -> Double { (Double(bin) + 0.5) / Double(density) }

  /// The value with the given number of smaller ones, if those of a bin are evenly spread.
  private func value(ofRank rank: Int, _ largest: Float) -> Double {
    var below = 0
    for (bin, count) in counts.enumerated() where count > 0 {
      if rank < below + Int(count) {
        let inside = (Double(rank - below) + 0.5) / Double(count)
        return min((Double(bin) + inside) / Double(density), Double(largest))
      }
      below += Int(count)
    }
    return Double(largest)
  }
}
