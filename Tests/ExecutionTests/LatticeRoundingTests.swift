import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution

/// Rounding by the covariance of inputs.
@Suite struct LatticeRoundingTests {
  /// A covariance of `size` inputs that vary together, and weights between two integers.
  private func problem(size: Int, seed: Int) -> (InputMoments.Covariance, [Float]) {
    let windows = 4 * size
    let shared = SeededValues.floats(windows, seed: seed)
    let own = SeededValues.floats(windows * size, seed: seed + 1)
    var values = [Float](repeating: 0, count: size * size)
    for w in 0..<windows {
      let x = (0..<size).map { 2 * shared[w] + own[w * size + $0] }
      for i in 0..<size { for j in i..<size { values[i * size + j] += x[i] * x[j] } }
    }
    let weights = SeededValues.floats(3 * size, seed: seed + 2).map { $0 * 3 }
    return (
      InputMoments.Covariance(
        values: values.map { $0 / Float(windows) }, size: size, windows: windows), weights
    )
  }

  /// eᵀHe summed over the filters.
  private func cost(_ covariance: InputMoments.Covariance, _ weights: [Float], _ integers: [Int32])
    -> Float
  {
    let size = covariance.size
    var total: Float = 0
    for row in 0..<weights.count / size {
      let e = (0..<size).map { weights[row * size + $0] - Float(integers[row * size + $0]) }
      for i in 0..<size {
        for j in 0..<size {
          total += e[i] * e[j] * covariance.values[min(i, j) * size + max(i, j)]
        }
      }
    }
    return total
  }

  @Test(arguments: [1, 5, 64, 65, 150])
  func currentsChangeLessThanByRoundingToTheNearest(size: Int) {
    let (covariance, weights) = problem(size: size, seed: size)
    let found = LatticeRounding(covariance).rounded(weights, limit: 7)
    let nearest = weights.map { Int32($0.rounded()) }
    #expect(found.allSatisfy { abs($0) <= 7 })
    let (ours, plain) = (cost(covariance, weights, found), cost(covariance, weights, nearest))
    if size == 1 {
      #expect(found == nearest)
    } else {
      #expect(ours < 0.7 * plain, "\(ours) against \(plain)")
    }
  }

  @Test func inputsThatVaryAloneAreRoundedToTheNearest() {
    let size = 70
    var values = [Float](repeating: 0, count: size * size)
    for i in 0..<size { values[i * size + i] = Float(i) }
    let weights = SeededValues.floats(2 * size, seed: 3).map { $0 * 9 }
    let covariance = InputMoments.Covariance(values: values, size: size, windows: 1000)
    let found = LatticeRounding(covariance).rounded(weights, limit: 4)
    #expect(found == weights.map { Int32(min(max($0.rounded(), -4), 4)) })
  }

  @Test func inputsThatNeverVaryDoNoHarm() {
    let covariance = InputMoments.Covariance(
      values: [Float](repeating: 0, count: 9), size: 3, windows: 1)
    #expect(LatticeRounding(covariance).rounded([0.4, 1.6, -2.6], limit: 2) == [0, 2, -2])
  }
}
