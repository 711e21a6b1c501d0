import SpikeIR

/// What is known of one population, or of the read-out, and of its error.
public struct LayerError: Sendable {
  /// The population's name.
  public let name: String
  /// The layers of the imported model that it stands for.
  public let origin: Origin
  /// Whether it fires; else it is a read-out.
  public let isPopulation: Bool
  /// How many neurons it has.
  public let neurons: Int
  /// Errors, in the units of the imported model.
  public var sums = ErrorSums()
  /// Spikes of all samples.
  public var spikes = 0
  /// Synaptic operations of all samples.
  public var synapticOperations = 0
  /// For each channel, what its neurons did.
  public var channels: [ChannelActivity]
  /// The sum of squares of how far the logits move if only this layer spikes and all others are
  /// the CNN's.
  public var aloneSquare = 0.0
  /// How many samples are right then.
  public var aloneCorrect = 0

  init(_ node: Node, isPopulation: Bool) {
    name = node.name
    origin = node.origin
    self.isPopulation = isPopulation
    neurons = node.type.count
    channels = [ChannelActivity](
      repeating: ChannelActivity(), count: isPopulation ? node.type.channels : 0)
  }

  /// Channels that sent no spike although the CNN is active there.
  public var deadChannels: Int { channels.count { $0.spikes == 0 && $0.largest > 0 } }
  /// Channels that are silent in the CNN too.
  public var silentChannels: Int { channels.count { $0.spikes == 0 && $0.largest <= 0 } }
  /// Channels of which more than a hundredth of the values are at their limit, a spike in every
  /// timestep.
  public var saturatedChannels: Int { channels.count { $0.full * 100 > $0.values } }

  /// How many times as large as the median channel's largest activation that of the largest
  /// channel is, and which that is; nil without two active channels.
  public var outlier: (channel: Int, ratio: Double)? {
    let active = channels.map(\.largest).filter { $0 > 0 }.sorted()
    guard active.count > 1, let most = active.last else { return nil }
    return (channels.firstIndex { $0.largest == most }!, most / active[(active.count - 1) / 2])
  }

  /// Adds what other samples gave.
  mutating func add(_ other: LayerError) {
    sums.add(other.sums)
    spikes += other.spikes
    synapticOperations += other.synapticOperations
    for c in channels.indices { channels[c].add(other.channels[c]) }
    aloneSquare += other.aloneSquare
    aloneCorrect += other.aloneCorrect
  }
}

/// What the neurons of one channel did.
public struct ChannelActivity: Sendable {
  /// Their spikes.
  public var spikes = 0
  /// How many of their rates are 1.
  public var full = 0
  /// How many rates there are: neurons times samples.
  public var values = 0
  /// The CNN's largest activation, in the units of the imported model.
  public var largest = 0.0

  mutating func add(_ other: ChannelActivity) {
    spikes += other.spikes
    full += other.full
    values += other.values
    largest = max(largest, other.largest)
  }
}
