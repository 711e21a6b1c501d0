/// Counts of positive values in equal bins from 0 to a maximum, for each of several channels.
struct Histogram: Sendable {
  private let tops: [Float]
  private let bins: Int
  private var counts: [UInt32]

  /// Empty bins up to the maximum of each channel.
  init(tops: [Float], bins: Int) {
    self.tops = tops
    self.bins = bins
    counts = [UInt32](repeating: 0, count: tops.count * bins)
  }

  /// Counts values whose channel is their index modulo the number of channels.
  mutating func count(_ values: UnsafeBufferPointer<Float>) {
    let channels = tops.count
    let factors = tops.map { $0 > 0 ? Float(bins) / $0 : 0 }
    counts.withUnsafeMutableBufferPointer { counts in
      for row in stride(from: 0, to: values.count, by: channels) {
        for c in 0..<channels {
          let value = values[row &+ c]
          guard value > 0 else { continue }
          counts[c &* bins &+ min(Int(value * factors[c]), bins - 1)] &+= 1
        }
      }
    }
  }

  /// Adds the counts of another histogram of the same channels.
  mutating func merge(_ other: Histogram) {
    for i in counts.indices { counts[i] &+= other.counts[i] }
  }

  /// The value below which `percent` of each channel's positive values lie; 0 where there is none.
  func percentile(_ percent: Double) -> [Float] {
    tops.indices.map { channel in
      let mine = counts[channel * bins..<(channel + 1) * bins]
      let total = mine.reduce(0) { $0 + Double($1) }
      guard total > 0 else { return 0 }
      let wanted = max((total - 1) * percent / 100, 0) + 1
      var below = 0.0
      for (bin, count) in mine.enumerated() where count > 0 {
        if below + Double(count) >= wanted {
          let inside = (wanted - below) / Double(count)
          return tops[channel] * Float((Double(bin) + inside) / Double(bins))
        }
        below += Double(count)
      }
      return tops[channel]
    }
  }
}
