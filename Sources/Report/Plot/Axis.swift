import Foundation

/// A range of numbers along an edge of a chart: linear, or by powers of ten or two.
struct Axis {
  /// How numbers become places.
  enum Scale { case linear, log2, log10 }

  private let scale: Scale
  private let low: Double
  private let high: Double
  /// The numbers that are written at the axis.
  let ticks: [Double]

  /// An axis on which all of `values` have a place.
  ///
  /// - Parameters:
  ///   - scale: logarithmic only for values above 0; others are left out of its range.
  init(_ values: [Double], _ scale: Scale) {
    self.scale = scale
    let fitting = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    let (least, most) = (fitting.min() ?? 1, fitting.max() ?? 1)
    switch scale {
    case .linear:
      let step = Axis.niceStep((most - least) / 5)
      low = (least / step).rounded(.down) * step
      high = max((most / step).rounded(.up) * step, low + step)
      let count = Int(((high - low) / step).rounded())
      ticks = (0...count).map { [low] in low + Double($0) * step }
    case .log2:
      ticks = Set(fitting).sorted()
      low = Foundation.log2(least) - 0.3
      high = Foundation.log2(most) + 0.3
    case .log10:
      let powers = (Foundation.log10(least).rounded(.down), Foundation.log10(most).rounded(.up))
      low = powers.0
      high = max(powers.1, low + 1)
      ticks = stride(from: low, through: high, by: 1).map { pow(10, $0) }
    }
  }

  /// A step of 1, 2 or 5 times a power of ten, at least as large as `raw`.
  private static func niceStep(_ raw: Double) -> Double {
    guard raw > 1e-12 else { return 1 }
    let power = pow(10, Foundation.log10(raw).rounded(.down))
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw * 0.999 } ?? 10 * power
  }

  /// Where a number lies: 0 at the axis' start, 1 at its end.
  func place(_ value: Double) -> Double {
    let position =
      switch scale {
      case .linear: value
      case .log2: value > 0 ? Foundation.log2(value) : low
      case .log10: value > 0 ? Foundation.log10(value) : low
      }
    return (position - low) / (high - low)
  }

  /// How a tick is written.
  func label(_ tick: Double) -> String {
    if abs(tick) < 1e-9 { return "0" }
    if abs(tick) >= 1e6 || abs(tick) < 1e-3 { return String(format: "%.0e", tick) }
    return String(format: "%g", (tick * 1e6).rounded() / 1e6)
  }
}
