import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution

@Suite struct StatisticsTests {
  /// numpy's percentile of the positive values: linear between the two next to the rank.
  private func percentile(_ values: [Float], _ percent: Double) -> Double {
    let sorted = values.filter { $0 > 0 }.sorted()
    guard !sorted.isEmpty else { return 0 }
    let rank = percent / 100 * Double(sorted.count - 1)
    let (below, above) = (sorted[Int(rank)], sorted[min(Int(rank) + 1, sorted.count - 1)])
    return Double(below) + Double(above - below) * (rank - rank.rounded(.down))
  }

  /// 900 samples of two channels of very different size, and one that is never active.
  private func samples() -> [Float] {
    var numbers = Numbers(seed: 5)
    return numbers.floats(900 * 4 * 3).enumerated().map { i, x in
      i % 3 == 0 ? x * x * x * 7 : i % 3 == 1 ? abs(x) * 1e-3 : -abs(x)
    }
  }

  @Test(arguments: [50, 99, 99.9, 100]) func agreesWithSorting(_ percent: Double) throws {
    let graph = try Graph(input: [2, 2, 3])
    let values = samples()
    let found = try ActivationStatistics.measure(
      graph, [graph.last], FloatSamples(values, count: 900), histograms: true)
    let channels = (0..<3).map { c in values.indices.filter { $0 % 3 == c }.map { values[$0] } }
    #expect(found.maximum[graph.last] == channels.map { $0.max()! })
    #expect(found.minimum[graph.last] == channels.map { $0.min()! })
    #expect(found.positiveCount[graph.last] == channels.map { $0.count { $0 > 0 } })
    let perChannel = found.percentile(percent, perChannel: true)[graph.last]!
    for (c, values) in channels.enumerated() {
      let resolution = Double(max(values.max()!, 0)) / 2048
      #expect(abs(Double(perChannel[c]) - self.percentile(values, percent)) <= resolution)
    }
    let layer = found.percentile(percent, perChannel: false)[graph.last]!
    #expect(abs(Double(layer[0]) - self.percentile(values, percent)) <= 7.0 / 2048)
  }

  /// No candidate between a tenth of the largest value and all of it costs less, by brute force.
  @Test(arguments: [2, 4, 32]) func leastSquaresScaleIsLeast(_ timesteps: Int) throws {
    let graph = try Graph(input: [2, 2, 3])
    let values = samples()
    let found = try ActivationStatistics.measure(
      graph, [graph.last], FloatSamples(values, count: 900), histograms: true
    ).leastSquaresScale(timesteps: timesteps, start: 0.5, perChannel: true)[graph.last]!
    for channel in 0..<2 {
      let own = values.indices.filter { $0 % 3 == channel }.map { Double(values[$0]) }
      func error(_ scale: Double) -> Double {
        let perSpike = scale / Double(timesteps)
        return own.reduce(0) { sum, x in
          let count = min(max((x / perSpike + 0.5).rounded(.down), 0), Double(timesteps))
          return sum + (count * perSpike - max(x, 0)) * (count * perSpike - max(x, 0))
        }
      }
      let best = (20...200).map { error(own.max()! * Double($0) / 200) }.min()!
      #expect(error(Double(found[channel])) <= best * 1.03)
    }
    #expect(found[2] == 0, "a channel that is never active has no scale")
  }

  /// Chunks finish in any order on several threads.
  @Test func sameInEveryRun() throws {
    let graph = try Graph(input: [2, 2, 3])
    let source = FloatSamples(samples(), count: 900)
    let results = try (0..<4).map { _ in
      try ActivationStatistics.measure(graph, [graph.last], source, histograms: true)
        .percentile(97.3, perChannel: true)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  private func histogram(of values: [Float]) -> Histogram {
    var bank = HistogramBank(count: 1)
    values.withUnsafeBufferPointer { bank.count($0, first: 0, stride: 1, largest: [values.max()!]) }
    return bank.histograms[0]
  }

  /// Channels that begin within a row are counted apart.
  @Test func banksCountTheirOwnChannels() {
    var bank = HistogramBank(count: 2)
    let rows: [Float] = [9, 1, 4, 9, -1, 0.5, 9, 0, 6]
    rows.withUnsafeBufferPointer { bank.count($0, first: 1, stride: 3, largest: [1, 6]) }
    #expect(bank.histograms.map { $0.counts.reduce(0, +) } == [1, 3])
    #expect(bank.histograms.map(\.exponent) == [1, 3])
  }

  /// Full banks, whose channels are counted together, and one that is not.
  @Test(arguments: [16, 5]) func banksCountAsOneByOne(_ channels: Int) {
    var numbers = Numbers(seed: 6)
    let rows = numbers.floats(700 * channels).enumerated().map { i, x in
      i % 7 == 0 ? 0 : x * Float(1 + i % channels)
    }
    let columns = (0..<channels).map { c in
      stride(from: c, to: rows.count, by: channels).map { rows[$0] }
    }
    var bank = HistogramBank(count: channels)
    rows.withUnsafeBufferPointer {
      bank.count($0, first: 0, stride: channels, largest: columns.map { $0.max()! })
    }
    for (histogram, column) in zip(bank.histograms, columns) {
      let bins = column.filter { $0 > 0 }.map {
        Int($0 * Histogram.density(histogram.exponent))
      }
      let expected = bins.reduce(into: [UInt32](repeating: 0, count: Histogram.binCount)) {
        $0[$1] += 1
      }
      #expect(histogram.counts == expected)
    }
  }

  @Test func orderOfValuesDoesNotMatter() {
    var numbers = Numbers(seed: 8)
    let values = numbers.floats(5000).filter { $0 > 0 }.map { $0 * $0 * $0 }
    let rising = histogram(of: values.sorted())
    let falling = histogram(of: values.sorted(by: >))
    #expect(rising.counts == falling.counts)
    #expect(rising.exponent == falling.exponent)
  }

  @Test func histogramWidensOverAllMagnitudes() {
    let values: [Float] = [.leastNonzeroMagnitude, 3e-5, 2, 1e30, 0.5, .greatestFiniteMagnitude]
    let histogram = histogram(of: values)
    #expect(histogram.counts.reduce(0, +) == 6)
    #expect(histogram.percentile(100, largest: values.max()!) == values.max()!)
  }

  @Test(arguments: [Float.nan, .infinity]) func refusesWhatIsNotFinite(_ bad: Float) throws {
    let graph = try Graph(input: [2])
    #expect(throws: Diagnostic.self) {
      try ActivationStatistics.measure(graph, [graph.last], FloatSamples([1, bad], count: 1))
    }
  }
}
