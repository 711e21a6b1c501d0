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
  /// How the synapses are computed.
  let kernels: CKernels
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
  private let sharing: CSharing

  init(
    _ graph: Graph, name: String, schedule: Schedule, timesteps: Int,
    meanLevels: [NodeID: Double] = [:]
  ) throws {
    self.graph = graph
    self.name = name
    self.schedule = schedule
    self.timesteps = timesteps
    let users = graph.users()
    let interpreter = try SpikingInterpreter(graph)
    (sources, inputOperations) = (interpreter.sources, interpreter.inputOperations)
    var constants = CPlan.constantValues(graph)
    if schedule == .layerwise { CPlan.keepUnmixed(&constants, graph, users) }
    self.constants = constants
    types = CLevelTypes(graph) {
      schedule == .pipelined || constants.contains($0) ? 1 : timesteps
    }
    sharing = CSharing(graph: graph, users: users, constants: constants)
    kernels = CKernels(sharing, types, schedule, meanLevels)
    nameEverything()
  }

  /// The taps of the largest kernel.
  var largestKernel: Int {
    graph.nodes.map { node in
      guard case .conv2d(let conv) = node.operation else { return 1 }
      let shape = graph.constants[conv.weight].shape
      return shape[1] * shape[2]
    }.max() ?? 1
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

  /// As `CSharing.place`.
  func place(of id: NodeID) -> NodeID { sharing.place(of: id) }

  /// As `CSharing.addsInto`.
  func addsInto(_ id: NodeID) -> NodeID? { sharing.addsInto(id) }

  /// The position of a node among the spike sources.
  func source(_ id: NodeID) -> Int? { sources.firstIndex { $0.node == id } }

  private mutating func nameEverything() {
    var names = CNames()
    let lives = CLives(self)
    for node in graph.nodes {
      let base = names.unique(node.name)
      if place(of: node.id) == node.id, node.type.element != .f32, !kernels.fused.contains(node.id)
      {
        valueNames[node.id] = share(
          "v_\(base)", types[node.id], node.type.count * (isSteady(node.id) ? block : 1),
          lives.place(node.id),
          "\(node.type) of \(CNames.comment("\(node.origin)"))")
      }
      if let packing = kernels.packings[node.id] {
        addScratch(node, packing, base, lives.moment(node.id))
      }
      if let events = kernels.events[node.id] {
        listNames[node.id] = share(
          "l_\(base)", .i16, events.scratchCount, lives.moment(node.id), "lists of events")
      }
      if let tables = kernels.tables[node.id] {
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
    if kernels.fused.contains(node.id) {
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
