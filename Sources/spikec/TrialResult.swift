/// What a candidate reached on some samples, and what it costs.
struct TrialResult: Codable, Equatable {
  /// How many samples were run.
  var samples: Int
  /// Those that the CNN gets right and the spiking network gets wrong.
  var lost: Int
  /// Those that the spiking network gets right and the CNN gets wrong.
  var won: Int
  /// Per sample.
  var synapticOperations: Double
  /// Microjoules per sample.
  var energy: Double
  /// Timesteps from the first input to the answer.
  var latency: Int
  /// The bytes of all weights at their number of bits.
  var weightBytes: Int
  /// Whether all samples were run; not so where the first showed that there is no hope.
  var isFinished: Bool

  /// Points of accuracy that the CNN has more.
  var loss: Double { 100 * Double(lost - won) / Double(samples) }

  /// The standard error of the loss, in points, as that of a mean of -1, 0 and 1; at least that of
  /// one sample, because none lost out of few says little.
  var standardError: Double {
    let count = Double(samples)
    let mean = Double(lost - won) / count
    return 100 * max(1 / count, ((Double(lost + won) / count - mean * mean) / count).squareRoot())
  }
}

/// What `tune` holds down, once the loss is small enough.
enum Objective: String, CaseIterable {
  case operations, energy, latency

  /// The cost: what is held down first, and what decides where that is the same within 2 %.
  func cost(_ result: TrialResult) -> Double {
    switch self {
    case .operations: result.synapticOperations
    case .energy: result.energy
    case .latency: Double(result.latency)
    }
  }

  /// Whether `a` costs less than `b`: clearly, or equally with smaller weights.
  func prefers(_ a: TrialResult, to b: TrialResult) -> Bool {
    let (first, second) = (cost(a), cost(b))
    if first < 0.98 * second { return true }
    return first <= 1.02 * second && a.weightBytes < b.weightBytes
  }
}
