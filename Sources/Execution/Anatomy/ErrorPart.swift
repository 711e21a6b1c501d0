/// What a population's error can come from.
///
/// A neuron's error is its firing rate N/T minus the CNN's activation x in λ. Between the two lie
/// hybrids, each one step nearer to the neuron; a part is the difference that its step makes, so
/// that the parts of a neuron add up to its error exactly.
public enum ErrorPart: String, CaseIterable, Sendable {
  /// `clamp(x, 0, 1) - x`: at most one spike a timestep.
  case clipping
  /// The float neuron with the CNN's exact inputs as constant currents, with the start that
  /// threshold-residuals gives, less the clamped activation: `clamp(⌊T·z + τ⌋, 0, T)/T - clamp(x)`.
  case rounding
  /// The same with what was fitted since: starts, biases, weights.
  case fitting
  /// The same with integer weights, biases and thresholds.
  case weights
  /// The same with the mean rates that really come from the populations before, and with the
  /// input's levels: what the layers before got wrong, seen through this one.
  case inherited
  /// What is left: the spikes that really came, one after the other. Layerwise it is nothing.
  case arrival

  /// Whether the layer itself adds it.
  public var isOwn: Bool { self != .inherited }
}

/// Sums over all neurons of a layer and all samples, in the units of the imported model.
public struct ErrorSums: Sendable {
  /// How many values were added.
  public private(set) var count = 0
  private var activationSquare = 0.0
  private var errorSum = 0.0
  private var errorSquare = 0.0
  private var ownSquare = 0.0
  private var partSum = [Double](repeating: 0, count: ErrorPart.allCases.count)
  private var partSquare = [Double](repeating: 0, count: ErrorPart.allCases.count)
  /// Of each part with the whole error.
  private var product = [Double](repeating: 0, count: ErrorPart.allCases.count)
  /// Of each part with what the layer itself adds.
  private var ownProduct = [Double](repeating: 0, count: ErrorPart.allCases.count)

  /// Adds one neuron's activation and the parts of its error, as `ErrorPart.allCases` lists them.
  mutating func add(activation: Double, _ parts: [Double]) {
    let error = parts.reduce(0, +)
    count += 1
    activationSquare += activation * activation
    errorSum += error
    errorSquare += error * error
    let own = error - parts[ErrorSums.inherited]
    ownSquare += own * own
    for i in parts.indices {
      partSum[i] += parts[i]
      partSquare[i] += parts[i] * parts[i]
      product[i] += parts[i] * error
      ownProduct[i] += parts[i] * own
    }
  }

  /// Adds the sums of other samples.
  mutating func add(_ other: ErrorSums) {
    count += other.count
    activationSquare += other.activationSquare
    errorSum += other.errorSum
    errorSquare += other.errorSquare
    ownSquare += other.ownSquare
    for i in partSum.indices {
      partSum[i] += other.partSum[i]
      partSquare[i] += other.partSquare[i]
      product[i] += other.product[i]
      ownProduct[i] += other.ownProduct[i]
    }
  }

  private func root(_ square: Double) -> Double {
    count > 0 ? (square / Double(count)).squareRoot() : 0
  }

  /// The root mean square of the CNN's activations.
  public var activationRMS: Double { root(activationSquare) }
  /// The mean error: above 0 where the population sends too much.
  public var meanError: Double { count > 0 ? errorSum / Double(count) : 0 }
  /// The root mean square of the error.
  public var errorRMS: Double { root(errorSquare) }
  /// The root mean square of what the layer itself adds: all parts but the inherited one.
  public var ownRMS: Double { root(ownSquare) }
  /// The mean of a part; those of all parts add up to the mean error.
  public func mean(_ part: ErrorPart) -> Double {
    count > 0 ? partSum[index(part)] / Double(count) : 0
  }
  /// The root mean square of a part.
  public func rms(_ part: ErrorPart) -> Double { root(partSquare[index(part)]) }
  /// The part's share of the mean squared error, `E[part · error] / E[error²]`. The shares of all
  /// parts add up to 1; one that takes back what others got wrong is below 0.
  public func share(_ part: ErrorPart) -> Double {
    errorSquare > 0 ? product[index(part)] / errorSquare : 0
  }

  /// The part of what the layer itself adds that most of it comes from, with its share of the mean
  /// square; nil if the layer adds nothing.
  public var largestOwn: (part: ErrorPart, share: Double)? {
    guard ownSquare > 0 else { return nil }
    return ErrorPart.allCases.filter(\.isOwn).map { ($0, ownProduct[index($0)] / ownSquare) }
      .max { $0.1 < $1.1 }
  }

  private static let inherited = ErrorPart.allCases.firstIndex(of: .inherited)!

  private func index(_ part: ErrorPart) -> Int { ErrorPart.allCases.firstIndex(of: part)! }
}
