import Foundation

/// How far a spiking network's logits are from its CNN's.
public struct LogitComparison: Sendable {
  private var pairs: [(found: [Double], expected: [Double])] = []

  /// A comparison of nothing yet.
  public init() {}

  /// Notes one sample's logits, or its value where an output has only one.
  public mutating func add(_ found: [Double], expected: [Double]) {
    pairs.append((centred(found), centred(expected)))
  }

  /// The mean Kullback-Leibler divergence of the classes' probabilities from the CNN's, in nats,
  /// after the common factor that brings the logits nearest: a factor changes no class. For outputs
  /// with one value, the mean square of the difference, as a part of the CNN's.
  public var error: Double {
    var (products, squares, targets) = (0.0, 0.0, 0.0)
    for (found, expected) in pairs {
      for (value, target) in zip(found, expected) {
        products += value * target
        squares += value * value
        targets += target * target
      }
    }
    let factor = squares > 0 ? max(products / squares, 0) : 0
    let unit = targets > 0 ? targets / Double(pairs.count) : 1
    let errors = pairs.map { found, expected in
      let scaled = found.map { $0 * factor }
      if scaled.count > 1 { return divergence(scaled, expected) }
      let difference = scaled[0] - expected[0]
      return difference * difference / unit
    }
    return errors.reduce(0, +) / Double(errors.count)
  }

  /// Logits without their mean, which changes no class.
  private func centred(_ logits: [Double]) -> [Double] {
    if logits.count == 1 { return logits }
    let mean = logits.reduce(0, +) / Double(logits.count)
    return logits.map { $0 - mean }
  }

  private func divergence(_ found: [Double], _ expected: [Double]) -> Double {
    let (found, expected) = (logarithms(found), logarithms(expected))
    return zip(found, expected).reduce(0) { $0 + exp($1.1) * ($1.1 - $1.0) }
  }

  /// The logarithms of the classes' probabilities.
  private func logarithms(_ logits: [Double]) -> [Double] {
    let largest = logits.max() ?? 0
    let sum = logits.reduce(0) { $0 + exp($1 - largest) }
    return logits.map { $0 - largest - log(sum) }
  }
}
