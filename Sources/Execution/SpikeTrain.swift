import SpikeIR

/// What one source sends for one sample: levels that never change, sums over all timesteps, or
/// spikes at every timestep.
enum SpikeTrain: Sendable {
  /// One value per element: levels of every timestep, or sums.
  case fixed([Float])
  /// 0 or 1 per element, one timestep after the other.
  case spikes([Int8])

  var isFixed: Bool { if case .fixed = self { true } else { false } }

  /// The values of `steps` timesteps, one after the other.
  func values(steps: Int) -> [Float] {
    switch self {
    case .fixed(let values):
      if steps == 1 { return values }
      return (0..<steps).flatMap { _ in values }
    case .spikes(let spikes):
      return [Float](unsafeUninitializedCapacity: spikes.count) { values, written in
        spikes.withUnsafeBufferPointer { spikes in
          for i in spikes.indices { values[i] = Float(spikes[i]) }
        }
        written = spikes.count
      }
    }
  }
}

/// What reaches a node from the spike sources before it.
struct Incoming: Sendable {
  let cone: Cone
  /// The trains of each sample, by source.
  let trains: [NodeID: [SpikeTrain]]
  let timesteps: Int
  /// The node's values for the first samples.
  private var kept: [[Float]] = []

  /// So many values are kept, 128 MB.
  private static let mostKept = 1 << 25

  init(cone: Cone, trains: [NodeID: [SpikeTrain]], timesteps: Int) {
    self.cone = cone
    self.trains = trains
    self.timesteps = timesteps
  }

  /// The same with the values of the first ones of all samples at hand, as many as are kept.
  func keeping(of samples: Int) -> Incoming {
    let first = values(of: 0)
    let count = min(max(Incoming.mostKept / first.count, 1), samples)
    var result = self
    result.kept =
      [first]
      + Parallel.map(count: count - 1, chunkSize: 1) { values(of: $0.lowerBound + 1) }
    return result
  }

  /// The node's values for one sample: `[steps × elements]`, a single step if they never change or
  /// are sums.
  func values(of sample: Int) -> [Float] {
    if sample < kept.count { return kept[sample] }
    let isFixed = trains.values.allSatisfy { $0[sample].isFixed }
    let steps = isFixed ? 1 : timesteps
    return cone.run(trains.mapValues { $0[sample].values(steps: steps) }, count: steps)
  }
}

/// The trains of a network's spike sources, or a CNN's activations, for a few samples; each is
/// kept until the last node that it reaches was worked out, or for good if it reaches an output.
struct TrainStore {
  private let anchors: Set<NodeID>
  private let timesteps: Int
  private var trains: [NodeID: [SpikeTrain]] = [:]
  private var lastReader: [NodeID: NodeID] = [:]

  /// - Parameter anchors: the nodes whose trains are kept.
  init(_ graph: Graph, anchors: Set<NodeID>, timesteps: Int) throws {
    self.anchors = anchors
    self.timesteps = timesteps
    for reader in graph.order where anchors.contains(reader) {
      for operand in graph[reader].operands {
        let cone = try Cone(of: operand, in: graph, from: anchors, evaluates: false)
        for source in cone.sources { lastReader[source] = reader }
      }
    }
    // What reaches an output is kept: read-outs are looked at too, and are no anchors.
    for operand in graph.outputs.flatMap({ graph[$0].operands }) {
      let cone = try Cone(of: operand, in: graph, from: anchors, evaluates: false)
      for source in cone.sources { lastReader[source] = nil }
    }
  }

  /// What reaches `node` for every sample, with the weights that `graph` has now.
  func incoming(_ node: NodeID, _ graph: Graph) throws -> Incoming {
    let cone = try Cone(of: node, in: graph, from: anchors)
    var used: [NodeID: [SpikeTrain]] = [:]
    for source in cone.sources { used[source] = trains[source]! }
    return Incoming(cone: cone, trains: used, timesteps: timesteps)
  }

  /// Keeps the trains of an anchor, one per sample, and forgets those that only it needed.
  mutating func keep(_ values: [SpikeTrain], of node: NodeID) {
    trains[node] = values
    for (source, reader) in lastReader where reader == node { trains[source] = nil }
  }
}
