import SpikeExecution
import SpikeIR

/// Which kernels compute the synapses of the emitted C.
struct CKernels {
  /// How the weights of the synapses are packed that are computed as dot products.
  private(set) var packings: [NodeID: CPacking] = [:]
  /// Pipelined: the synapses that look for spikes, a block of timesteps at a time.
  private(set) var events: [NodeID: CEvents] = [:]
  /// Pipelined: the synapses that look up what spikes drive, where the processor can.
  private(set) var tables: [NodeID: CTables] = [:]
  /// The synapses whose currents a population takes band by band, and which need no buffer for them.
  private(set) var fused: Set<NodeID> = []
  private let sharing: CSharing
  private let types: CLevelTypes
  private let schedule: Schedule
  private var graph: Graph { sharing.graph }

  /// - Parameter meanLevels: how large the elements of values are on average at a timestep, where
  ///   that was measured.
  init(
    _ sharing: CSharing, _ types: CLevelTypes, _ schedule: Schedule, _ meanLevels: [NodeID: Double]
  ) {
    self.sharing = sharing
    self.types = types
    self.schedule = schedule
    if schedule == .layerwise { chooseProducts() } else { chooseEvents(meanLevels) }
  }

  /// Which synapses are dot products, and which of these a population takes band by band.
  private mutating func chooseProducts() {
    var ranges = RangeAnalysis()
    for node in graph.nodes {
      guard let packing = packing(node, &ranges) else { continue }
      packings[node.id] = packing
      if population(after: node.id) != nil { fused.insert(node.id) }
    }
  }

  private func packing(_ node: Node, _ ranges: inout RangeAnalysis) -> CPacking? {
    guard let operand = node.operands.first, graph[operand].type.element != .f32,
      types[operand] <= .i16
    else { return nil }
    let areCounts = types[operand] == .i16 && ranges.perStep(operand, graph).low >= 0
    return CPacking(node, graph, areCounts: areCounts)
  }

  /// Spikes of one timestep are mostly so few that it is faster to look for them; what is constant,
  /// and what was measured to be driven by many, is dot products or looked up.
  private mutating func chooseEvents(_ meanLevels: [NodeID: Double]) {
    var ranges = RangeAnalysis()
    for node in graph.nodes {
      let isConstant = sharing.constants.contains(node.id)
      let events = CEvents(node, graph, types, &ranges)
      let level = node.operands.first.flatMap { meanLevels[$0] }
      let isDense = level.map { level in
        // What has no lists is looked for with branches that nothing foresees.
        events.map { $0.cycles(at: level) > $0.dotProductCycles } ?? (level > 0.05)
      }
      if isConstant || isDense == true, let packing = packing(node, &ranges) {
        packings[node.id] = packing
      } else if !isConstant, let events {
        self.events[node.id] = events
        if let fire = population(after: node.id), types[fire] == .u8 { fused.insert(node.id) }
      }
      if !isConstant, let level, let events, let tables = CTables(events),
        tables.cycles < min(events.cycles(at: level), events.dotProductCycles), canLookUp(node)
      {
        self.tables[node.id] = tables
      }
    }
  }

  /// Look-ups give a population its currents where the neurons of a channel have the same constants.
  private func canLookUp(_ node: Node) -> Bool {
    guard fused.contains(node.id), let fire = population(after: node.id) else { return true }
    return CNeurons(graph[fire], graph).period == node.type.channels
  }

  /// The population that alone takes a synapse's currents and can take them row by row, if there
  /// is one.
  private func population(after id: NodeID) -> NodeID? {
    guard sharing.addsInto(id) == nil, !graph.outputs.contains(id), let mine = sharing.users[id],
      mine.count == 1,
      case .fire(let fire) = graph[mine[0]].operation,
      schedule == .layerwise || fire.neuron == .generic
    else { return nil }
    return mine[0]
  }
}
