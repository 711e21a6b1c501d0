extension BinaryFloatingPoint {
  /// The whole part of a number from 0 to below `1 / ulpOfOne`: without a call, so that loops over
  /// it are vectorised.
  @inline(__always)
  var wholePart: Self {
    // A number as large as this has no digits behind the point: what is added rounds.
    let large = 1 / Self.ulpOfOne
    let near = (self + large) - large
    return near > self ? near - 1 : near
  }
}
