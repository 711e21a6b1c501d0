import SpikeIR

/// A pooling of `[H, W, C]`.
struct AnalogPool: Sendable {
  enum Rule: Sendable {
    case mean(countsPadding: Bool)
    case sum
    case maximum
  }

  private let rule: Rule
  private let window: Window2D
  private let operand: TensorType
  private let result: TensorType

  init(_ rule: Rule, _ window: Window2D, _ operand: TensorType, _ result: TensorType) {
    self.rule = rule
    self.window = window
    self.operand = operand
    self.result = result
  }

  func run(_ x: [Float], count: Int) -> [Float] {
    var y = [Float](repeating: start, count: count * result.count)
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        for n in 0..<count {
          pool(x.baseAddress! + n * operand.count, y.baseAddress! + n * result.count)
        }
      }
    }
    return y
  }

  private var start: Float {
    switch rule {
    case .mean, .sum: 0
    case .maximum: -.infinity
    }
  }

  private func pool(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    let channels = operand.shape[2]
    for oy in 0..<result.shape[0] {
      let rows = extent(0, oy)
      for ox in 0..<result.shape[1] {
        let columns = extent(1, ox)
        let target = y + (oy &* result.shape[1] &+ ox) &* channels
        for iy in rows {
          for ix in columns {
            let source = x + (iy &* operand.shape[1] &+ ix) &* channels
            accumulate(source, target, channels)
          }
        }
        guard case .mean(let countsPadding) = rule else { continue }
        let elements = countsPadding ? window.area : rows.count * columns.count
        for c in 0..<channels { target[c] /= Float(elements) }
      }
    }
  }

  private func accumulate(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ channels: Int
  ) {
    switch rule {
    case .mean, .sum: for c in 0..<channels { target[c] += source[c] }
    case .maximum: for c in 0..<channels { target[c] = max(target[c], source[c]) }
    }
  }

  /// The operand's rows or columns that a window covers.
  private func extent(_ axis: Int, _ position: Int) -> Range<Int> {
    window.covered(axis, position, of: operand.shape[axis])
  }
}
