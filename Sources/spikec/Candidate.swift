import SpikeExecution
import SpikeIR

/// One set of options that `tune` tries.
struct Candidate {
  var schedule: Schedule
  var timesteps: Int
  var normalize = NetworkOptions.Normalization.mse
  var granularity = NetworkOptions.Granularity.perChannel
  var margin: Double
  var weightBits: Int
  var fitsMembranes = true

  /// The numbers of timesteps that are tried.
  static let ladder = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]
  private static let margins = [1, 1.15, 1.3, 1.6, 2]
  private static let bits = [2, 3, 4, 5, 6, 8]

  /// The options by name, as a file of options holds them.
  var settings: [Setting] {
    var list = [
      Setting("schedule", schedule.rawValue), Setting("timesteps", "\(timesteps)"),
      Setting("normalize", normalize.rawValue),
      Setting(granularity == .perLayer ? "per-layer" : "per-channel"),
    ]
    if normalize == .mse { list.append(Setting("margin", "\(margin)")) }
    list += [
      Setting("weight-bits", "\(weightBits)"),
      Setting(fitsMembranes ? "calibrate-membranes" : "no-calibrate-membranes"),
    ]
    return list
  }

  /// All options in one line: what tells one candidate from another in a journal.
  var text: String { settings.map(\.text).joined(separator: " ") }

  /// `options` with those of the candidate.
  func applied(to options: NetworkOptions) -> NetworkOptions {
    var result = options
    result.normalize = normalize
    result.granularity = granularity
    result.margin = margin
    result.weightBits = weightBits
    result.calibrateMembranes = fitsMembranes
    return result
  }

  /// The candidates that differ in one respect: first those that ought to cost less.
  var neighbours: [Candidate] {
    var list: [Candidate] = []
    func add(_ change: (inout Candidate) -> Void) {
      var copy = self
      change(&copy)
      if copy != self { list.append(copy) }
    }
    if let fewer = Candidate.ladder.last(where: { $0 < timesteps }) { add { $0.timesteps = fewer } }
    if normalize == .mse {
      if let larger = Candidate.margins.first(where: { $0 > margin }) { add { $0.margin = larger } }
      if let smaller = Candidate.margins.last(where: { $0 < margin }) {
        add { $0.margin = smaller }
      }
    }
    if let fewer = Candidate.bits.last(where: { $0 < weightBits }) { add { $0.weightBits = fewer } }
    for other in [NetworkOptions.Normalization.mse, .percentile, .max] {
      add { $0.normalize = other }
    }
    add { $0.granularity = $0.granularity == .perLayer ? .perChannel : .perLayer }
    add { $0.fitsMembranes.toggle() }
    return list
  }
}

extension Candidate: Equatable {
  /// Whether both give the same network: a margin that is not used makes no difference.
  static func == (one: Candidate, other: Candidate) -> Bool { one.text == other.text }
}
