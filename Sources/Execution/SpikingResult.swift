import SpikeIR

/// A node that sends spikes: a coded input, a population, or a max-pooling that passes some on.
public struct SpikeSource: Sendable, Hashable {
  /// What sends the spikes.
  public enum Kind: String, Sendable {
    /// An input in rate or Poisson coding.
    case input
    /// A population of neurons.
    case population
    /// A max-pooling: its spikes are some of its operand's, sent on to other synapses.
    case pool
  }

  /// The node in the graph.
  public let node: NodeID
  /// The node's name.
  public let name: String
  /// What it is.
  public let kind: Kind
  /// The number of its neurons, or elements.
  public let neurons: Int
}

/// What one sample made a spiking network do up to some timestep.
public struct SpikingResult: Sendable, Equatable {
  /// The timestep, T.
  public var timesteps: Int
  /// For each output of the graph, its values in the units of the imported model.
  public var outputs: [[Double]]
  /// For each spike source in network order, the number of spikes it sent.
  public var spikes: [Int]
  /// For each spike source in network order, its spikes times their fan-out.
  public var synapticOperations: [Int]

  /// The results of one sample up to one timestep.
  public init(timesteps: Int, outputs: [[Double]], spikes: [Int], synapticOperations: [Int]) {
    self.timesteps = timesteps
    self.outputs = outputs
    self.spikes = spikes
    self.synapticOperations = synapticOperations
  }
}
