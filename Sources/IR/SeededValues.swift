/// Reproducible numbers for tests.
public enum SeededValues {
  /// `count` numbers from -1 up to 1, from splitmix64 (Steele, Lea and Flood 2014) at `seed`.
  public static func floats(_ count: Int, seed: Int) -> [Float] {
    var state = UInt64(bitPattern: Int64(seed))
    return (0..<count).map { _ in
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Float((z ^ (z >> 31)) >> 40) / Float(1 << 23) - 1
    }
  }
}
