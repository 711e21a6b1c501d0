import SpikeExecution
import SpikeTargets

/// The scales that options leave open.
struct ScaleChoices {
  /// Options with each of the scales, in the order in which they are tried.
  let scales: [NetworkOptions]
  /// So many that are worse, one after the other, end the search.
  let patience: Int
  /// What is tried too.
  let alternative: NetworkOptions?

  /// The largest T at which another margin gained anything (docs/accuracy.md).
  private static let fewTimesteps = 16

  /// nil where the options say which scales to take, or where the search would not pay.
  init?(_ options: NetworkOptions, _ schedule: Schedule, timesteps: Int) throws {
    guard options.passes == nil, !options.naiveExport, options.fitsMembranes,
      schedule == .pipelined
    else { return nil }
    if try Target.named(options.target).neuron.reset == .zero {
      guard options.headroom == nil, options.normalization != .none else { return nil }
      scales = [1, 1.5, 2, 3, 4, 6].map { options.with(\.headroom, $0) }
      patience = 2
      alternative = options.with(\.naiveExport, true)
    } else {
      guard timesteps <= ScaleChoices.fewTimesteps, options.margin == nil,
        options.normalization == .mse, options.preset != .lowestEnergy
      else { return nil }
      scales = [1, 1.2, 1.45].map { options.with(\.margin, $0) }
      patience = 1
      alternative = nil
    }
  }
}

extension NetworkOptions {
  /// These options with one changed.
  fileprivate func with<Value>(_ option: WritableKeyPath<NetworkOptions, Value>, _ value: Value)
    -> NetworkOptions
  {
    var options = self
    options[keyPath: option] = value
    return options
  }
}
