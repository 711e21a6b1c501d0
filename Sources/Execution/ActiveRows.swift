/// Adjacent currents that a level changes: where they and their weights begin.
struct SpikeRun: Sendable {
  let weight: Int
  let target: Int
  let count: Int
}

/// A few channels of one pixel that send something, with their weights: added up together, they
/// read and write the currents once.
struct ActiveRows<Scalar: SpikeScalar> {
  /// How many channels there may be.
  static var most: Int { 4 }

  private typealias Four<Value> = (Value, Value, Value, Value)

  private let count: Int
  private let levels: Four<Scalar>
  private let weights: Four<UnsafePointer<Scalar>>

  /// Writes the channels that are not 0 to `active`, which has room for one more, and gives their
  /// number.
  @inline(__always)
  static func find(
    _ levels: UnsafePointer<Scalar>, _ channels: Int, _ active: UnsafeMutableBufferPointer<Int>
  ) -> Int {
    var count = 0
    for c in 0..<channels {
      active[count] = c
      count &+= levels[c] != 0 ? 1 : 0
    }
    return count
  }

  /// - Parameter stride: the number of weights of a channel.
  @inline(__always)
  init(
    _ channels: Slice<UnsafeMutableBufferPointer<Int>>, _ levels: UnsafePointer<Scalar>,
    _ weights: UnsafeMutablePointer<Scalar>, _ stride: Int
  ) {
    let (first, count) = (channels.startIndex, channels.count)
    func channel(_ i: Int) -> Int { channels[first &+ (i < count ? i : 0)] }
    func level(_ i: Int) -> Scalar { i < count ? levels[channel(i)] : 0 }
    func row(_ i: Int) -> UnsafePointer<Scalar> { UnsafePointer(weights + channel(i) &* stride) }
    self.count = count
    self.levels = (level(0), level(1), level(2), level(3))
    self.weights = (row(0), row(1), row(2), row(3))
  }

  /// Adds to the currents what the channels give.
  @inline(__always)
  func add(
    _ rows: [SpikeRun], _ columns: [SpikeRun], _ current: UnsafeMutablePointer<Scalar>
  ) {
    rows.withUnsafeBufferPointer { rows in
      columns.withUnsafeBufferPointer { columns in
        for row in rows {
          for column in columns {
            add(
              row.weight &+ column.weight, current + (row.target &+ column.target), column.count)
          }
        }
      }
    }
  }

  @inline(__always)
  private func add(_ offset: Int, _ target: UnsafeMutablePointer<Scalar>, _ width: Int) {
    let (a, b, c, d) = (
      weights.0 + offset, weights.1 + offset, weights.2 + offset, weights.3 + offset
    )
    if count == 1 {
      addRow(levels.0, a, target, width)
    } else if levels == (1, 1, 1, 1) {
      // Spikes: spared the multiplications, as in `addRow`.
      for o in 0..<width {
        target[o] = target[o].adding(a[o]).adding(b[o]).adding(c[o]).adding(d[o])
      }
    } else {
      let (p, q, r, s) = levels
      for o in 0..<width {
        target[o] = target[o].adding(p, times: a[o]).adding(q, times: b[o])
          .adding(r, times: c[o]).adding(s, times: d[o])
      }
    }
  }
}
