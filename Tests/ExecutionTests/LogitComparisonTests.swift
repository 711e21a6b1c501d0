import Foundation
import SpikeExecution
import Testing

/// How far logits are from the CNN's.
@Suite struct LogitComparisonTests {
  private func error(_ pairs: [(found: [Double], expected: [Double])]) -> Double {
    var comparison = LogitComparison()
    for pair in pairs { comparison.add(pair.found, expected: pair.expected) }
    return comparison.error
  }

  private let expected: [[Double]] = [[1, 2, -1], [0, -3, 4], [2, 2.5, 0]]

  @Test func aCommonFactorAndAShiftOfEachSampleChangeNothing() {
    let found = expected.enumerated().map { i, logits in logits.map { 0.25 * $0 + Double(i) } }
    #expect(error(Array(zip(found, expected))) < 1e-12)
  }

  @Test func twoClassesGiveTheDivergenceOfTheirProbabilities() {
    // The factor that brings (1, -1) nearest to both (1, -1) and (3, -3) is 2.
    let pairs: [(found: [Double], expected: [Double])] = [
      ([1, -1], [1, -1]), ([1, -1], [3, -3]),
    ]
    func divergence(_ found: Double, _ expected: Double) -> Double {
      let (p, q) = (1 / (1 + exp(-expected)), 1 / (1 + exp(-found)))
      return p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))
    }
    #expect(abs(error(pairs) - (divergence(4, 2) + divergence(4, 6)) / 2) < 1e-12)
  }

  @Test func aWrongSignIsNoFactor() {
    let found = expected.map { $0.map { -$0 } }
    let silent = expected.map { $0.map { _ in 0.0 } }
    #expect(error(Array(zip(found, expected))) == error(Array(zip(silent, expected))))
  }

  @Test func oneValueIsComparedBySquares() {
    #expect(error([([1], [3]), ([2], [6])]) < 1e-12)
    // The factor is 9 / 5: 1.8 and 3.6 for 3 and 3.
    #expect(abs(error([([1], [3]), ([2], [3])]) - (1.2 * 1.2 + 0.6 * 0.6) / 18) < 1e-12)
  }
}
