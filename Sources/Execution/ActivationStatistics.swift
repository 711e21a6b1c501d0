import SpikeIR

/// What a set of samples makes a CNN's values be, channel by channel.
public struct ActivationStatistics: Sendable {
  /// The largest value of each channel, by node.
  public private(set) var maximum: [NodeID: [Float]] = [:]
  /// The smallest value of each channel, by node.
  public private(set) var minimum: [NodeID: [Float]] = [:]

  /// Runs `graph` on all samples and notes the range of each channel of `nodes`.
  ///
  /// - Parameter progress: called with the number of samples that were done since the last call.
  /// - Throws: a `Diagnostic` if the samples do not fit, or if a value is not finite.
  public static func measure(
    _ graph: Graph, _ nodes: [NodeID], _ source: any SampleSource,
    progress: @escaping @Sendable (Int) -> Void
  ) throws -> ActivationStatistics {
    let executor = try AnalogExecutor(graph)
    let watched = Set(nodes)
    let parts = try executor.map(source) { samples, count in
      var part = ActivationStatistics()
      _ = executor.execute(samples, count: count) { id, values, _ in
        if watched.contains(id) { part.note(id, values, channels: graph[id].type.channels) }
      }
      progress(count)
      return part
    }
    var result = ActivationStatistics()
    for part in parts { result.merge(part) }
    try result.checkFinite(graph)
    return result
  }

  private mutating func note(
    _ id: NodeID, _ values: UnsafeBufferPointer<Float>, channels: Int
  ) {
    var high = [Float](repeating: -.infinity, count: channels)
    var low = [Float](repeating: .infinity, count: channels)
    high.withUnsafeMutableBufferPointer { high in
      low.withUnsafeMutableBufferPointer { low in
        for row in stride(from: 0, to: values.count, by: channels) {
          for c in 0..<channels {
            let value = values[row &+ c]
            // A NaN would fail every comparison: it must reach the maximum to be found.
            high[c] = value <= high[c] ? high[c] : value
            low[c] = value < low[c] ? value : low[c]
          }
        }
      }
    }
    merge(ActivationStatistics(maximum: [id: high], minimum: [id: low]))
  }

  private init(maximum: [NodeID: [Float]] = [:], minimum: [NodeID: [Float]] = [:]) {
    self.maximum = maximum
    self.minimum = minimum
  }

  private mutating func merge(_ other: ActivationStatistics) {
    maximum.merge(other.maximum) { zip($0, $1).map { $0 <= $1 ? $1 : $0.isNaN ? $0 : max($0, $1) } }
    minimum.merge(other.minimum) { zip($0, $1).map { min($0, $1) } }
  }

  private func checkFinite(_ graph: Graph) throws {
    for node in graph.nodes {
      guard let high = maximum[node.id], !high.allSatisfy(\.isFinite) else { continue }
      throw Diagnostic(
        "its values on the calibration data are not finite", origin: node.origin,
        notes: ["check the data for NaN, and --scale"])
    }
  }
}

/// Percentiles of the positive values of a CNN, per layer or per channel.
///
/// Values are counted in equal bins up to each maximum, and interpolated within a bin; the result
/// differs from the exact percentile by less than a bin's width.
public enum ActivationPercentile {
  /// The bins of one layer or channel.
  private static func binCount(perChannel: Bool) -> Int { perChannel ? 4096 : 65536 }

  /// The percentile of the positive values of each node: one number, or one per channel.
  ///
  /// - Parameters:
  ///   - percentile: above 0, up to 100.
  ///   - ranges: what `ActivationStatistics.measure` gave for the same nodes and samples.
  /// - Throws: a `Diagnostic` if the samples do not fit.
  public static func measure(
    _ percentile: Double, perChannel: Bool, _ graph: Graph, _ ranges: ActivationStatistics,
    _ source: any SampleSource, progress: @escaping @Sendable (Int) -> Void
  ) throws -> [NodeID: [Float]] {
    let executor = try AnalogExecutor(graph)
    let tops = ranges.maximum.mapValues { perChannel ? $0 : [$0.max() ?? 0] }
    let bins = binCount(perChannel: perChannel)
    let batch = 256
    var histograms = tops.mapValues { Histogram(tops: $0, bins: bins) }
    for start in stride(from: 0, to: source.count, by: batch) {
      let part = SampleSlice(source, start..<min(start + batch, source.count))
      let counted = try executor.map(part) { samples, count in
        var counts = tops.mapValues { Histogram(tops: $0, bins: bins) }
        _ = executor.execute(samples, count: count) { id, values, _ in
          counts[id]?.count(values)
        }
        progress(count)
        return counts
      }
      for part in counted { for (id, counts) in part { histograms[id]!.merge(counts) } }
    }
    return histograms.mapValues { $0.percentile(percentile) }
  }
}

/// A part of a source.
struct SampleSlice: SampleSource {
  private let base: any SampleSource
  private let range: Range<Int>

  init(_ base: any SampleSource, _ range: Range<Int>) {
    self.base = base
    self.range = range
  }

  var count: Int { range.count }
  var elementCount: Int { base.elementCount }
  var isByte: Bool { base.isByte }

  func read(_ part: Range<Int>) -> [Float] {
    base.read(range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
  }
}
