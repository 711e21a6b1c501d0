import Foundation
import SpikeIR

/// What a set of samples makes a CNN's values be, channel by channel.
public struct ActivationStatistics: Sendable {
  /// The largest value of each channel, by node.
  public private(set) var maximum: [NodeID: [Float]] = [:]
  /// The smallest value of each channel, by node.
  public private(set) var minimum: [NodeID: [Float]] = [:]
  /// The number of positive values of each channel, by node.
  public private(set) var positiveCount: [NodeID: [Int]] = [:]
  private var histograms: [NodeID: [Histogram]] = [:]

  /// Runs `graph` on all samples and looks at each channel (last axis) of `nodes`.
  ///
  /// The result does not depend on the number of threads. Histograms take 16 KiB a channel.
  ///
  /// - Parameters:
  ///   - ranges: further nodes of which only the largest and smallest values are asked for.
  ///   - histograms: whether percentiles or least-squares scales will be asked for.
  ///   - progress: gets the number of samples that were done since its last call; may be called
  ///     on several threads at once.
  /// - Throws: a `Diagnostic` if the samples do not fit, or if a value is not finite.
  public static func measure(
    _ graph: Graph, _ nodes: [NodeID], ranges: [NodeID] = [], _ source: any SampleSource,
    histograms: Bool = false,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> ActivationStatistics {
    let watched = Dictionary(
      uniqueKeysWithValues: Set(nodes + ranges).map { id in
        let counts = histograms && nodes.contains(id)
        return (id, NodeStatistics(channels: graph[id].type.channels, histograms: counts))
      })
    let executor = try AnalogExecutor(graph)
    _ = try executor.map(source) { samples, count in
      _ = executor.execute(samples, count: count) { id, values, _ in watched[id]?.note(values) }
      progress(count)
    }
    var result = ActivationStatistics()
    for id in graph.order {
      guard let node = watched[id] else { continue }
      guard node.isFinite else {
        throw Diagnostic(
          "its values on the calibration data are not finite", origin: graph[id].origin,
          notes: ["check the data for NaN, and --scale"])
      }
      result.maximum[id] = node.maximum
      result.minimum[id] = node.minimum
      result.positiveCount[id] = node.positiveCount
      if nodes.contains(id) { result.histograms[id] = node.histograms }
    }
    return result
  }

  /// The percentile of the positive values of each node: one number for the layer, or one per
  /// channel; 0 where no value is positive.
  ///
  /// It differs from the exact percentile by less than the 2048th part of the largest value.
  /// Traps if histograms were not asked for.
  public func percentile(_ percent: Double, perChannel: Bool) -> [NodeID: [Float]] {
    byHistogram(perChannel: perChannel) { $0.percentile(percent, largest: $1) }
  }

  /// What `measure` makes of each node's histogram and largest value: once for the layer, or once
  /// per channel.
  func byHistogram(perChannel: Bool, _ measure: (Histogram, Float) -> Float) -> [NodeID: [Float]] {
    Dictionary(
      uniqueKeysWithValues: histograms.map { id, channels in
        let maximum = maximum[id]!
        precondition(channels.count == maximum.count, "histograms were not asked for")
        if perChannel { return (id, zip(channels, maximum).map(measure)) }
        var layer = Histogram()
        for channel in channels { layer.merge(channel) }
        return (id, [measure(layer, maximum.max() ?? 0)])
      })
  }
}

/// What is known of one node's values so far; shared by all threads.
///
/// Everything kept is a count or an extreme, so that the order of samples does not matter.
private final class NodeStatistics: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var maximum: [Float]
  private(set) var minimum: [Float]
  private(set) var positiveCount: [Int]
  private(set) var histograms: [Histogram]
  private(set) var isFinite = true

  init(channels: Int, histograms: Bool) {
    maximum = [Float](repeating: -.infinity, count: channels)
    minimum = [Float](repeating: .infinity, count: channels)
    positiveCount = [Int](repeating: 0, count: channels)
    self.histograms = (0..<(histograms ? channels : 0)).map { _ in Histogram() }
  }

  /// Takes note of values whose channel is their index modulo the number of channels.
  func note(_ values: UnsafeBufferPointer<Float>) {
    lock.withLock {
      noteRange(values)
      guard isFinite, !histograms.isEmpty else { return }
      histograms.withUnsafeMutableBufferPointer { histograms in
        for row in stride(from: 0, to: values.count, by: histograms.count) {
          for c in 0..<histograms.count where values[row &+ c] > 0 {
            histograms[c].count(values[row &+ c])
          }
        }
      }
    }
  }

  private func noteRange(_ values: UnsafeBufferPointer<Float>) {
    let channels = maximum.count
    // Stays 0 as long as all values are finite: 0 · NaN and 0 · ∞ are NaN.
    var poison: Float = 0
    maximum.withUnsafeMutableBufferPointer { maximum in
      minimum.withUnsafeMutableBufferPointer { minimum in
        positiveCount.withUnsafeMutableBufferPointer { positive in
          for row in stride(from: 0, to: values.count, by: channels) {
            for c in 0..<channels {
              let value = values[row &+ c]
              poison += value * 0
              maximum[c] = value > maximum[c] ? value : maximum[c]
              minimum[c] = value < minimum[c] ? value : minimum[c]
              positive[c] &+= value > 0 ? 1 : 0
            }
          }
        }
      }
    }
    if poison != 0 { isFinite = false }
  }
}
