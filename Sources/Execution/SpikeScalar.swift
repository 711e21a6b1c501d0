/// The numbers that a spiking network is computed with: exact integers, or floats.
protocol SpikeScalar: Sendable, SignedNumeric, Comparable {
  init(weight: Float)
  init(integer: Int32)
  init(level: Double)
  /// `self + a`, which the range proofs keep from overflowing.
  func adding(_ a: Self) -> Self
  /// `self - a`, likewise.
  func subtracting(_ a: Self) -> Self
  /// `self + a · b`, likewise.
  func adding(_ a: Self, times b: Self) -> Self
  /// The layerwise count `clamp(⌊charge / threshold⌋, 0, most)`.
  static func count(charge: Self, threshold: Self, most: Int) -> Self
  var double: Double { get }
  var int32: Int32 { get }
}

extension Int32: SpikeScalar {
  init(weight: Float) { self.init(weight) }
  init(integer: Int32) { self = integer }
  init(level: Double) { self.init(level) }

  @inline(__always)
  func adding(_ a: Int32) -> Int32 { self &+ a }

  @inline(__always)
  func subtracting(_ a: Int32) -> Int32 { self &- a }

  @inline(__always)
  func adding(_ a: Int32, times b: Int32) -> Int32 { self &+ a &* b }

  static func count(charge: Int32, threshold: Int32, most: Int) -> Int32 {
    charge <= 0 ? 0 : Swift.min(charge / threshold, Int32(most))
  }

  var double: Double { Double(self) }
  var int32: Int32 { self }
}

extension Double: SpikeScalar {
  init(weight: Float) { self.init(weight) }
  init(integer: Int32) { self.init(integer) }
  init(level: Double) { self = level }

  @inline(__always)
  func adding(_ a: Double) -> Double { self + a }

  @inline(__always)
  func subtracting(_ a: Double) -> Double { self - a }

  @inline(__always)
  func adding(_ a: Double, times b: Double) -> Double { self + a * b }

  static func count(charge: Double, threshold: Double, most: Int) -> Double {
    min(max(charge / threshold, 0), Double(most)).wholePart
  }

  var double: Double { self }
  var int32: Int32 { Int32(self) }
}

extension Float: SpikeScalar {
  init(weight: Float) { self = weight }
  init(integer: Int32) { self.init(integer) }
  init(level: Double) { self.init(level) }

  @inline(__always)
  func adding(_ a: Float) -> Float { self + a }

  @inline(__always)
  func subtracting(_ a: Float) -> Float { self - a }

  @inline(__always)
  func adding(_ a: Float, times b: Float) -> Float { self + a * b }

  static func count(charge: Float, threshold: Float, most: Int) -> Float {
    min(max(charge / threshold, 0), Float(most)).wholePart
  }

  var double: Double { Double(self) }
  var int32: Int32 { Int32(self) }
}

/// Memory that is allocated once and freed with its owner.
final class Buffer<Element: SpikeScalar>: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Element>
  let count: Int

  init(_ count: Int) {
    self.count = count
    pointer = .allocate(capacity: count)
    pointer.initialize(repeating: 0, count: count)
  }

  convenience init(_ values: [Element]) {
    self.init(values.count)
    for (i, value) in values.enumerated() { pointer[i] = value }
  }

  deinit { pointer.deallocate() }

  func clear() { pointer.update(repeating: 0, count: count) }
}
