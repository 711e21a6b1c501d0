import SpikeIR

/// Something that runs a network of the spiking stage on many samples.
///
/// All executors of one graph give the same spikes, operations and outputs.
public protocol SpikingExecutor: Sendable {
  /// What sends spikes, in network order; results list their counts in the same order.
  var sources: [SpikeSource] { get }
  /// The synapses that a directly coded input drives, once per sample; these are
  /// multiply-accumulates, not spikes.
  var inputOperations: Int { get }

  /// Tells what will be run on how many samples, so that an executor may get ready for it while
  /// its caller does something else.
  func prepare(_ schedule: Schedule, checkpoints: [Int], samples: Int)

  /// Runs all samples of a source on all cores; gives, per sample, one result per checkpoint.
  ///
  /// - Parameters:
  ///   - checkpoints: numbers of timesteps, at least one.
  ///   - progress: gets the number of samples that were done since its last call; may be called
  ///     on several threads at once.
  /// - Throws: a `Diagnostic` if the samples do not fit, or the graph is not made for so many
  ///   timesteps.
  func run(
    _ source: any SampleSource, _ schedule: Schedule, checkpoints: [Int],
    progress: @escaping @Sendable (Int) -> Void
  ) throws -> [[SpikingResult]]

  /// Runs all samples for one number of timesteps on all cores and shows each of them with what
  /// every neuron sent; gives what `body` makes of them.
  ///
  /// - Throws: as `run`, and what `body` throws.
  func watch<Value: Sendable>(
    _ source: any SampleSource, _ schedule: Schedule, timesteps: Int,
    _ body: @Sendable (WatchedSample) throws -> Value
  ) throws -> [Value]
}

/// One sample with what it made every neuron send.
public struct WatchedSample: Sendable {
  /// The sample's elements.
  public let values: [Float]
  /// Its position in its data set.
  public let number: Int
  /// What came out.
  public let result: SpikingResult
  /// For each spike source in network order, the number of spikes of each of its neurons.
  public let counts: [[Int32]]

  /// A sample with its results.
  public init(values: [Float], number: Int, result: SpikingResult, counts: [[Int32]]) {
    self.values = values
    self.number = number
    self.result = result
    self.counts = counts
  }
}
