import SpikeIR

/// Finds the integers that float weights are whole multiples of, where there are such.
///
/// Weights of a channel that were integers divided by their threshold, or are dyadic fractions, lie
/// on a grid of 1/θ for a small θ. Then nothing has to be rounded.
struct ExactGrid {
  /// How far a 32-bit float may lie from the fraction it stands for, relative to its size.
  private static let slack = 3 * Double(Float.ulpOfOne)
  private static let largestTheta = 1 << 15
  private static let mostShift = 15

  /// The least θ of which all values are whole multiples of 1/θ within `limit`; nil if there is none.
  static func theta(_ values: some Sequence<Float>, limit: Int) -> Int? {
    // Equal values say the same, and the smallest are the strictest.
    let distinct = Set(values.map { abs($0) }).subtracting([0]).sorted()
    guard let largest = distinct.last else { return 1 }
    let most = min(Double(largestTheta), (Double(limit) + 0.5) / Double(largest))
    guard most >= 1 else { return nil }
    return (1...Int(most)).first { theta in
      distinct.allSatisfy { isWhole(Double($0) * Double(theta)) }
    }
  }

  /// The fewest fraction bits up to `most` with which all values count as whole numbers.
  static func fractionBits(_ values: [Double], most: Int) -> Int? {
    (0...most).first { bits in values.allSatisfy { isWhole($0 * Double(1 << bits)) } }
  }

  /// The θ of each channel and the shift of each synapse of a population with which no weight has to
  /// be rounded; nil if there are none.
  static func find(
    _ sources: [Quantizer.Source], _ channels: Int, limit: Int, _ graph: Graph
  ) -> (theta: [Int], shifts: [Int])? {
    var groups = [[Float]](repeating: [], count: channels)
    for source in sources {
      for (channel, values) in byChannel(source, channels, graph).enumerated() {
        groups[channel] += values
      }
    }
    if !sources.allSatisfy(\.isAligned) {
      groups = [[Float]](repeating: Array(Set(groups.joined())), count: channels)
    }
    var theta: [Int] = []
    for group in groups {
      guard let found = self.theta(group, limit: limit << mostShift) else { return nil }
      theta.append(found)
    }
    var shifts: [Int] = []
    for source in sources {
      let integers = zip(byChannel(source, channels, graph), theta).flatMap { values, theta in
        values.map { Int((Double($0) * Double(theta)).rounded()) }
      }
      let largest = integers.map(\.magnitude).max() ?? 0
      let shift = (0...mostShift).first { largest >> $0 <= limit } ?? 0
      guard integers.allSatisfy({ $0 % (1 << shift) == 0 }) else { return nil }
      shifts.append(shift)
    }
    return (theta, shifts)
  }

  /// The weights that lead to each channel; of a synapse that is not aligned with channels, all.
  private static func byChannel(
    _ source: Quantizer.Source, _ channels: Int, _ graph: Graph
  ) -> [[Float]] {
    let node = graph[source.id]
    let weight = graph.constants[node.operation.synapse!.weight]
    let values = weight.floats
    guard source.isAligned, values.count > 1 else {
      return [[Float]](repeating: values, count: channels)
    }
    if case .diagonal = node.operation {
      return (0..<channels).map { channel in
        stride(from: channel, to: values.count, by: channels).map { values[$0] }
      }
    }
    let length = values.count / channels
    return (0..<channels).map { Array(values[$0 * length..<($0 + 1) * length]) }
  }

  private static func isWhole(_ value: Double) -> Bool {
    let nearest = value.rounded()
    return abs(value - nearest) <= slack * abs(nearest)
  }
}
