/// Which numbers θ may be.
enum ThetaGrid: String, CaseIterable {
  case any
  case powerOfTwo = "power-of-two"
  /// A power of two, the same for all channels.
  case layer
  /// That of the weights, where they are whole multiples of something (`ExactGrid`); else any.
  case own

  /// The largest thresholds of this kind that are not above the given ones.
  func rounded(_ theta: [Int]) -> [Int] {
    switch self {
    case .any, .own: return theta
    case .powerOfTwo: return theta.map { 1 << (Int.bitWidth - 1 - $0.leadingZeroBitCount) }
    case .layer:
      let least = ThetaGrid.powerOfTwo.rounded([theta.min() ?? 1])[0]
      return theta.map { _ in least }
    }
  }
}
