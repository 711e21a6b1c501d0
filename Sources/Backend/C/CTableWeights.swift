import SpikeIR

/// The tables of a synapse: see `spikec_tables.h`.
struct CTableWeights {
  /// The sums, each as the signed byte of its bits: of all outputs, and the further ones behind them.
  private(set) var tables: [Int32] = []
  /// For each output, what the lowest sums add up to.
  private(set) var lowest: [Int32] = []
  /// For each output, from which one on further tables are its own; and behind the last one.
  private(set) var starts: [Int32] = [0]
  /// Where the further tables belong.
  private(set) var places: [Int32] = []

  /// The channels of a group, each four of which have a table.
  private static let group = 16

  /// - Parameter weight: `[outputs, kernel height, kernel width, channels]`, of 8 bits.
  init(_ weight: Tensor) {
    let (shape, values) = (weight.shape, weight.integers)
    let channels = shape[3]
    var further: [Int32] = []
    for output in 0..<shape[0] {
      var place: Int32 = 0
      lowest.append(0)
      for y in 0..<shape[1] {
        for first in stride(from: 0, to: channels, by: CTableWeights.group) {
          for x in 0..<shape[2] {
            let start = ((output * shape[1] + y) * shape[2] + x) * channels
            let end = min(first + CTableWeights.group, channels)
            add(Array(values[start + first..<start + end]), at: place, &further)
            place += 1
          }
        }
      }
      starts.append(Int32(places.count))
    }
    tables += further
  }

  /// Adds the tables of a group's weights for the last output.
  private mutating func add(_ weights: [Int32], at place: Int32, _ further: inout [Int32]) {
    let missing = CTableWeights.group - weights.count
    let weights = weights + [Int32](repeating: 0, count: missing)
    let fours = stride(from: 0, to: CTableWeights.group, by: 4).map {
      CTableWeights.parts(Array(weights[$0..<$0 + 4]))
    }
    for i in 0..<fours.reduce(0, { max($0, $1.count) }) {
      var group: [Int32] = []
      for parts in fours {
        let four = i < parts.count ? parts[i] : [0, 0, 0, 0]
        let least = four.reduce(0) { $0 + min($1, 0) }
        lowest[lowest.count - 1] += least
        group += CTableWeights.sums(four, above: least)
      }
      if i == 0 {
        tables += group
      } else {
        further += group
        places.append(place)
      }
    }
  }

  /// What each set of four spikes drives.
  private static func sums(_ four: [Int32], above least: Int32) -> [Int32] {
    (0..<16).map { spikes in
      var sum = -least
      for i in 0..<4 where spikes >> i & 1 == 1 { sum += four[i] }
      return Int32(Int8(truncatingIfNeeded: sum))
    }
  }

  /// Four weights as fours that add up to them, the sums of each of which span no more than a byte
  /// does.
  private static func parts(_ weights: [Int32]) -> [[Int32]] {
    var parts: [[Int32]] = [[0, 0, 0, 0]]
    var span: UInt32 = 0
    for (i, weight) in weights.enumerated() {
      span += weight.magnitude
      if span > UInt8.max {
        parts.append([0, 0, 0, 0])
        span = weight.magnitude
      }
      parts[parts.count - 1][i] = weight
    }
    return parts
  }
}
