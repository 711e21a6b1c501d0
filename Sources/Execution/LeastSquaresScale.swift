import Foundation
import SpikeIR

/// The scale of a population that costs its values least.
///
/// With T timesteps and rounding (τ = 0.5), a population of scale λ gives for an activation a
///
///     q(a) = λ/T · clamp(⌊T·a/λ + τ⌋, 0, T)
///
/// A small λ clips large activations, a large one rounds all of them coarsely. The least-squares λ
/// is the one for which the mean of (q(a) − a)² over the calibration data is smallest; the square of
/// the mean error is added, because errors that all neurons share do not cancel in the next layer.
struct LeastSquaresScale {
  /// T.
  let timesteps: Int
  /// τ: the part of the threshold at which membranes start.
  let start: Double

  /// Candidates lie this factor apart, from the largest value downwards.
  private static let step = 0.97
  /// Candidates around a margin.
  private static let fineStep = 1.01
  /// The smallest candidate is this part of the largest value.
  private static let least = 0.02

  /// The least-squares λ for the counted values; 0 where nothing was counted.
  ///
  /// Values that are not positive cost nothing for any λ, as long as τ is below 1.
  func best(_ histogram: Histogram, largest: Float) -> Float {
    best(HistogramSums(histogram), largest: largest)
  }

  private func best(_ sums: HistogramSums, largest: Float) -> Float {
    guard largest > 0, sums.total > 0 else { return 0 }
    var best = (scale: Double(largest), error: Double.infinity)
    var scale = Double(largest)
    while scale >= Double(largest) * LeastSquaresScale.least {
      let error = self.error(sums, scale, below: best.error)
      if error < best.error { best = (scale, error) }
      scale *= LeastSquaresScale.step
    }
    return Float(best.scale)
  }

  /// The scale near `margin` times the least-squares one at which the values' error is low.
  ///
  /// Many activations can be equal, as those of an image's empty background are: then the error
  /// jumps with λ, and the margin alone could put them all half a spike off. So λ minimises
  /// `error(λ)/λ · (1 + d²/4)` between the least-squares λ₀ and margin² λ₀, at most the largest
  /// value, where d, from −1 to 1, says how far from the margin λ is; rounding errors grow with λ.
  ///
  /// A margin of 1 or below multiplies λ₀.
  func best(_ histogram: Histogram, largest: Float, margin: Float) -> Float {
    let sums = HistogramSums(histogram)
    let best = best(sums, largest: largest)
    guard margin > 1, best > 0, best < largest else { return min(margin, 1) * best }
    let (middle, reach) = (Double(best) * Double(margin), log(Double(margin)))
    let most = min(middle * Double(margin), Double(largest))
    var found = (scale: Double(best), cost: Double.infinity)
    var scale = Double(best)
    while scale <= most {
      let distance = log(scale / middle) / reach
      let cost = error(sums, scale, below: .infinity) / scale * (1 + distance * distance / 4)
      if cost < found.cost { found = (scale, cost) }
      scale *= LeastSquaresScale.fineStep
    }
    return Float(found.scale)
  }

  /// The sum of (q(a) − a)² and n times the squared mean of q(a) − a, or something above `bound`
  /// where it is.
  private func error(_ sums: HistogramSums, _ scale: Double, below bound: Double) -> Double {
    let (most, perSpike) = (Double(timesteps), scale / Double(timesteps))
    func count(_ bin: Int) -> Double {
      min(sums.middle(ofBin: bin) / perSpike + start, most).wholePart
    }
    var (sum, shared, end) = (0.0, 0.0, Histogram.binCount)
    // The bins whose values become one and the same count, from the largest count downwards: where
    // too much is clipped, that is seen at once.
    while end > 0, sum <= bound {
      let level = count(end - 1)
      var first = level > 0 ? sums.bin(near: (level - start) * perSpike, below: end) : 0
      while first > 0, count(first - 1) == level { first -= 1 }
      while count(first) < level { first += 1 }
      let (bins, value) = (sums.of(first..<end), level * perSpike)
      sum += (value * bins.count - 2 * bins.values) * value + bins.squares
      shared += value * bins.count - bins.values
      end = first
    }
    return sum + shared * shared / sums.total
  }
}

extension ActivationStatistics {
  /// The least-squares scale of each node for T timesteps from a start of τ thresholds: one number
  /// for the layer, or one per channel; 0 where no value is positive.
  ///
  /// - Parameters:
  ///   - margin: by about what it is multiplied.
  ///   - copies: how many neurons send each element of a node, where that is more than 1: together
  ///     they have so many times T levels.
  ///
  /// Traps if histograms were not asked for.
  public func leastSquaresScale(
    timesteps: Int, start: Double, margin: Float = 1, copies: [NodeID: Int] = [:], perChannel: Bool
  ) -> [NodeID: [Float]] {
    byHistogram(perChannel: perChannel) { id, histogram, largest in
      LeastSquaresScale(timesteps: timesteps * (copies[id] ?? 1), start: start)
        .best(histogram, largest: largest, margin: margin)
    }
  }
}
