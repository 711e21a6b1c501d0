/// A small generator of repeatable numbers.
public struct Numbers {
  private var state: UInt64

  /// A generator that gives the same numbers for the same seed.
  public init(seed: UInt64) { state = seed &* 2 &+ 1 }

  /// The next of 2^32 whole numbers.
  public mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 32
  }

  /// Floats between -1 and 1.
  public mutating func floats(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float(next() % 20001) / 10000 - 1 }
  }

  /// Integers of a range.
  public mutating func integers(_ count: Int, _ range: ClosedRange<Int>) -> [Int32] {
    (0..<count).map { _ in Int32(range.lowerBound + Int(next() % UInt64(range.count))) }
  }
}
