import Foundation
import SpikeIR
import Synchronization

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
    byHistogram(perChannel: perChannel) { $1.percentile(percent, largest: $2) }
  }

  /// What `measure` makes of each node, its histogram and its largest value: once for the layer, or once
  /// per channel.
  func byHistogram(perChannel: Bool, _ measure: @Sendable (NodeID, Histogram, Float) -> Float)
    -> [NodeID: [Float]]
  {
    var (tasks, ids): ([(Histogram, Float)], [NodeID]) = ([], [])
    for (id, channels) in histograms {
      let maximum = maximum[id]!
      precondition(channels.count == maximum.count, "histograms were not asked for")
      if perChannel {
        tasks += zip(channels, maximum).map { ($0, $1) }
        ids += channels.map { _ in id }
      } else {
        var layer = Histogram()
        for channel in channels { layer.merge(channel) }
        tasks.append((layer, maximum.max() ?? 0))
        ids.append(id)
      }
    }
    let measured = Parallel.map(count: tasks.count, chunkSize: 1) { [tasks, ids] task in
      measure(ids[task.lowerBound], tasks[task.lowerBound].0, tasks[task.lowerBound].1)
    }
    return zip(ids, measured).reduce(into: [:]) { $0[$1.0, default: []].append($1.1) }
  }
}

/// What is known of one node's values so far; shared by all threads.
///
/// Everything kept is a count or an extreme, so that the order of samples does not matter.
private final class NodeStatistics: Sendable {
  private let groups: [ChannelStatistics]
  private let calls = Atomic<Int>(0)

  init(channels: Int, histograms: Bool) {
    groups = stride(from: 0, to: channels, by: ChannelStatistics.most).map { first in
      ChannelStatistics(
        first..<min(first + ChannelStatistics.most, channels), of: channels,
        histograms: histograms)
    }
  }

  var maximum: [Float] { groups.flatMap(\.maximum) }
  var minimum: [Float] { groups.flatMap(\.minimum) }
  var positiveCount: [Int] { groups.flatMap(\.positiveCount) }
  var histograms: [Histogram] { groups.flatMap { $0.bank?.histograms ?? [] } }
  var isFinite: Bool { groups.allSatisfy(\.isFinite) }

  /// Takes note of values whose channel is their index modulo the number of channels.
  func note(_ values: UnsafeBufferPointer<Float>) {
    // Threads that come at the same time begin at different channels, and need not wait.
    let first = calls.wrappingAdd(1, ordering: .relaxed).oldValue % groups.count
    for group in groups[first...] + groups[..<first] { group.note(values) }
  }
}

/// What is known of some channels.
private final class ChannelStatistics: @unchecked Sendable {
  /// So many channels fill a cache line.
  static let most = HistogramBank.most

  private let lock = NSLock()
  private let channels: Range<Int>
  private let stride: Int
  private(set) var maximum: [Float]
  private(set) var minimum: [Float]
  private(set) var positiveCount: [Int]
  private(set) var bank: HistogramBank?
  private(set) var isFinite = true

  init(_ channels: Range<Int>, of stride: Int, histograms: Bool) {
    self.channels = channels
    self.stride = stride
    maximum = [Float](repeating: -.infinity, count: channels.count)
    minimum = [Float](repeating: .infinity, count: channels.count)
    positiveCount = [Int](repeating: 0, count: channels.count)
    bank = histograms ? HistogramBank(count: channels.count) : nil
  }

  /// Takes note of the channels' values in rows of all channels.
  func note(_ values: UnsafeBufferPointer<Float>) {
    lock.withLock {
      noteRange(values)
      if isFinite {
        bank?.count(values, first: channels.lowerBound, stride: stride, largest: maximum)
      }
    }
  }

  private func noteRange(_ values: UnsafeBufferPointer<Float>) {
    if channels.count == ChannelStatistics.most {
      noteRangeOfVectors(values)
    } else {
      noteRangeOfFew(values)
    }
  }

  /// The same for as many channels as there can be.
  private func noteRangeOfVectors(_ values: UnsafeBufferPointer<Float>) {
    typealias Vector = SIMD16<Float>
    var (largest, smallest) = (Vector(maximum), Vector(minimum))
    var poison = Vector(repeating: 0)
    var positive = SIMD16<Int32>(repeating: 0)
    for row in Swift.stride(from: channels.lowerBound, to: values.count, by: stride) {
      let value = UnsafeRawPointer(values.baseAddress! + row).loadUnaligned(as: Vector.self)
      poison += value * 0
      largest.replace(with: value, where: value .> largest)
      smallest.replace(with: value, where: value .< smallest)
      positive &-= SIMD16<Int32>(repeating: 0).replacing(with: -1, where: value .> 0)
    }
    for c in 0..<ChannelStatistics.most {
      (maximum[c], minimum[c]) = (largest[c], smallest[c])
      positiveCount[c] += Int(positive[c])
    }
    if poison != Vector(repeating: 0) { isFinite = false }
  }

  private func noteRangeOfFew(_ values: UnsafeBufferPointer<Float>) {
    // Stays 0 as long as all values are finite: 0 · NaN and 0 · ∞ are NaN.
    var poison: Float = 0
    let count = channels.count
    maximum.withUnsafeMutableBufferPointer { maximum in
      minimum.withUnsafeMutableBufferPointer { minimum in
        positiveCount.withUnsafeMutableBufferPointer { positive in
          for row in Swift.stride(from: channels.lowerBound, to: values.count, by: stride) {
            for c in 0..<count {
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
