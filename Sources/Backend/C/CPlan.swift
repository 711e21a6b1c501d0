import SpikeExecution
import SpikeIR

/// Where everything lives in the emitted C: the members of the state, and what is computed when.
struct CPlan {
  let graph: Graph
  let name: String
  let schedule: Schedule
  let timesteps: Int
  /// The spike sources in network order.
  let sources: [SpikeSource]
  /// The multiply-accumulates of a directly coded input, once per image.
  let inputOperations: Int
  /// The values that are the same at every timestep, and are computed for one of them.
  let constants: Set<NodeID>
  /// The type of every level, spike, count and current.
  let types: CLevelTypes
  /// How the weights of the synapses are packed that are computed as dot products.
  private(set) var packings: [NodeID: CPacking] = [:]
  /// Pipelined: the synapses that look for spikes, a block of timesteps at a time.
  private(set) var events: [NodeID: CEvents] = [:]
  /// Pipelined: the synapses that look up what spikes drive, where the processor can.
  private(set) var tables: [NodeID: CTables] = [:]
  /// The synapses whose currents a population takes band by band, and which need no buffer for them.
  private(set) var fused: Set<NodeID> = []
  /// The members of the state, in order: name, element count, what they are.
  private(set) var members: [(name: String, count: Int, note: String)] = []
  /// The values that share the state's arena: name, type, offset in elements, what they are.
  private(set) var values: [(name: String, type: CType, offset: Int, note: String)] = []
  private(set) var arena = CArena()
  /// The size of the arena in the state.
  var arenaBytes: Int { max(arena.bytes, 64) }
  /// Pipelined: the members that keep an image, from 0 to 1, which is coded anew at every timestep.
  private(set) var relatives: [(name: String, count: Int)] = []
  private var valueNames: [NodeID: String] = [:]
  private var frameNames: [NodeID: String] = [:]
  private var rowNames: [NodeID: String] = [:]
  private var listNames: [NodeID: String] = [:]
  private var indexNames: [NodeID: String] = [:]
  private var memoryNames: [NodeID: String] = [:]
  private var peakNames: [NodeID: String] = [:]
  private let users: [NodeID: [NodeID]]

  init(
    _ graph: Graph, name: String, schedule: Schedule, timesteps: Int,
    meanLevels: [NodeID: Double] = [:]
  ) throws {
    self.graph = graph
    self.name = name
    self.schedule = schedule
    self.timesteps = timesteps
    let users = graph.users()
    self.users = users
    let interpreter = try SpikingInterpreter(graph)
    (sources, inputOperations) = (interpreter.sources, interpreter.inputOperations)
    var constants = CPlan.constantValues(graph)
    if schedule == .layerwise { CPlan.keepUnmixed(&constants, graph, users) }
    self.constants = constants
    types = CLevelTypes(graph) {
      schedule == .pipelined || constants.contains($0) ? 1 : timesteps
    }
    if schedule == .layerwise { chooseProducts() } else { chooseEvents(meanLevels) }
    nameEverything()
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
      let isConstant = constants.contains(node.id)
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
      if !isConstant, let level, let events, let tables = CTables(node, graph, types, &ranges),
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

  /// The taps of the largest kernel.
  var largestKernel: Int {
    graph.nodes.map { node in
      guard case .conv2d(let conv) = node.operation else { return 1 }
      let shape = graph.constants[conv.weight].shape
      return shape[1] * shape[2]
    }.max() ?? 1
  }

  /// The population that alone takes a synapse's currents and can take them row by row, if there
  /// is one.
  private func population(after id: NodeID) -> NodeID? {
    guard addsInto(id) == nil, !graph.outputs.contains(id), let mine = users[id], mine.count == 1,
      case .fire(let fire) = graph[mine[0]].operation,
      schedule == .layerwise || fire.neuron == .generic
    else { return nil }
    return mine[0]
  }

  /// How many timesteps are computed node by node, before the next ones.
  var block: Int { schedule == .layerwise ? 1 : min(timesteps, CEvents.steps) }

  /// Whether a value has a place for each timestep of a block.
  func isSteady(_ id: NodeID) -> Bool { schedule == .pipelined && !constants.contains(id) }

  /// The expression for a node's value; at timestep `t` of a block, where it has one for each.
  func value(_ id: NodeID) -> String {
    isSteady(id) ? "(\(place(id)) + t * \(graph[id].type.count))" : place(id)
  }

  /// The expression for a node's value, at the first timestep of a block.
  func place(_ id: NodeID) -> String { "\(valueNames[place(of: id)]!)(state)" }

  /// The expression for the lists of an event-driven synapse.
  func lists(_ id: NodeID) -> String { "(uint16_t *)\(listNames[id]!)(state)" }

  /// The expression for the indices of a synapse that looks up.
  func indices(_ id: NodeID) -> String { "(uint32_t *)\(indexNames[id]!)(state)" }

  /// The expression for the levels of a packed synapse with the zeros around them.
  func frame(_ id: NodeID) -> String {
    frameNames[id].map { "\($0)(state)" } ?? value(graph[id].operands[0])
  }

  /// The expression for one row of currents of a fused synapse.
  func row(_ id: NodeID) -> String { "\(rowNames[id]!)(state)" }

  /// The member that holds what a node keeps from step to step.
  func memory(_ id: NodeID) -> String { "state->\(memoryNames[id]!)" }

  /// The member that holds the largest running counts of a max-pooling.
  func peaks(_ id: NodeID) -> String { "state->\(peakNames[id]!)" }

  /// The member that holds the relative values of an input in rate or Poisson coding.
  func relative(_ id: NodeID) -> String { "state->\(relativeName(id))" }

  private func relativeName(_ id: NodeID) -> String { "r_\(valueNames[id]!)" }

  /// What a node is called within C names. Its position makes it unique, and does not depend on
  /// what the graph went through before.
  func label(_ node: Node) -> String {
    "\(CNames.identifier(node.name))_\(graph.order.firstIndex(of: node.id)!)"
  }

  /// The node whose buffer a value shares: a reshape is its operand, and a synapse that only
  /// feeds a sum adds to the sum's buffer.
  func place(of id: NodeID) -> NodeID {
    let node = graph[id]
    if case .reshape = node.operation { return place(of: node.operands[0]) }
    return addsInto(id).map { place(of: $0) } ?? id
  }

  /// The sum that a synapse or sum adds to directly, if it does.
  func addsInto(_ id: NodeID) -> NodeID? {
    switch graph[id].operation {
    case .conv2d, .dense, .diagonal, .add: break
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
      .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      return nil
    }
    guard let mine = users[id], mine.count == 1, !graph.outputs.contains(id),
      case .add = graph[mine[0]].operation,
      constants.contains(id) == constants.contains(mine[0])
    else { return nil }
    return mine[0]
  }

  /// The position of a node among the spike sources.
  func source(_ id: NodeID) -> Int? { sources.firstIndex { $0.node == id } }

  private mutating func nameEverything() {
    var names = CNames()
    let lives = CLives(self)
    for node in graph.nodes {
      let base = names.unique(node.name)
      if place(of: node.id) == node.id, node.type.element != .f32, !fused.contains(node.id) {
        valueNames[node.id] = share(
          "v_\(base)", types[node.id], node.type.count * (isSteady(node.id) ? block : 1),
          lives.place(node.id),
          "\(node.type) of \(CNames.comment("\(node.origin)"))")
      }
      if let packing = packings[node.id] { addScratch(node, packing, base, lives.moment(node.id)) }
      if let events = events[node.id] {
        listNames[node.id] = share(
          "l_\(base)", .i16, events.scratchCount, lives.moment(node.id), "lists of events")
      }
      if let tables = tables[node.id] {
        indexNames[node.id] = share(
          "t_\(base)", .i32, tables.scratchCount, lives.moment(node.id), "indices of spikes")
      }
      if schedule == .pipelined, case .maxPool = node.operation {
        rowNames[node.id] = share(
          "n_\(base)", .i32, node.type.count, lives.moment(node.id), "the new maxima")
      }
      addMembers(node, base)
    }
  }

  /// The frame of a packed synapse and a fused one's row of currents.
  private mutating func addScratch(
    _ node: Node, _ packing: CPacking, _ base: String, _ moment: ClosedRange<Int>
  ) {
    if !packing.isFrame {
      let operand = graph[node.operands[0]].type
      let count =
        packing.frame.height * packing.frame.width
        * (packing.lineStride == 0 ? operand.count : operand.channels)
      frameNames[node.id] = share(
        "f_\(base)", types[node.operands[0]], packing.split?.count ?? count + CPacking.quad, moment,
        "\(operand) with zeros around")
    }
    if fused.contains(node.id) {
      let row = node.type.shape.dropFirst(node.type.shape.count > 1 ? 1 : 0).reduce(1, *)
      rowNames[node.id] = share(
        "c_\(base)", .i32, row * CPackedSynapse.band(node, packing), moment, "a band of currents")
    }
  }

  private mutating func addMembers(_ node: Node, _ base: String) {
    let count = node.type.count
    switch node.operation {
    case .fire where schedule == .pipelined:
      memoryNames[node.id] = member("m_\(base)", count, "membranes")
    case .readOut, .decode:
      memoryNames[node.id] = member("m_\(base)", count, "accumulators")
    case .maxPool where schedule == .pipelined:
      let operand = graph[node.operands[0]].type.count
      memoryNames[node.id] = member("m_\(base)", operand, "running counts")
      peakNames[node.id] = member("p_\(base)", count, "their maxima")
    case .encode(let encode) where schedule == .pipelined && encode.coding != .direct:
      relatives.append((relativeName(node.id), count))
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
      .fire:
      break
    }
  }

  private mutating func member(_ name: String, _ count: Int, _ note: String) -> String {
    members.append((name, count, note))
    return name
  }

  /// Gives a value its place in the arena.
  private mutating func share(
    _ name: String, _ type: CType, _ count: Int, _ life: ClosedRange<Int>, _ note: String
  ) -> String {
    let offset = arena.reserve(count * type.bytes, life)
    values.append((name, type, offset / type.bytes, note))
    return name
  }
}
