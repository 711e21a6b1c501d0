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
  /// Pipelined: the values that are the same at every timestep.
  let constants: Set<NodeID>
  /// The members of the state, in order: name, element count, what they are.
  private(set) var members: [(name: String, count: Int, note: String)] = []
  /// Pipelined: the members that keep an image, from 0 to 1, which is coded anew at every timestep.
  private(set) var relatives: [(name: String, count: Int)] = []
  private var valueNames: [NodeID: String] = [:]
  private var memoryNames: [NodeID: String] = [:]
  private var peakNames: [NodeID: String] = [:]
  private let users: [NodeID: [NodeID]]

  init(_ graph: Graph, name: String, schedule: Schedule, timesteps: Int) throws {
    self.graph = graph
    self.name = name
    self.schedule = schedule
    self.timesteps = timesteps
    users = graph.users()
    let interpreter = try SpikingInterpreter(graph)
    (sources, inputOperations) = (interpreter.sources, interpreter.inputOperations)
    constants = schedule == .pipelined ? CPlan.constantValues(graph) : []
    nameEverything()
  }

  /// The values that depend on no spike: what a direct input gives before the first population.
  /// A max-pooling is none of them: its value is a growth, which events make uneven.
  private static func constantValues(_ graph: Graph) -> Set<NodeID> {
    var result: Set<NodeID> = []
    for node in graph.nodes {
      let isConstant: Bool
      switch node.operation {
      case .encode(let encode): isConstant = encode.coding == .direct
      case .fire, .readOut, .decode, .input, .maxPool: isConstant = false
      case .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .averagePool,
        .sumPool, .add, .concat, .reshape, .transpose, .pad:
        isConstant = node.operands.allSatisfy(result.contains)
      }
      if isConstant { result.insert(node.id) }
    }
    return result
  }

  /// The state's member that holds a node's value, as an expression.
  func value(_ id: NodeID) -> String { "state->\(valueNames[place(of: id)]!)" }

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
    for node in graph.nodes {
      let base = names.unique(node.name)
      if place(of: node.id) == node.id, node.type.element != .f32 {
        add(
          "v_\(base)", node.type.count, "\(node.type) of \(CNames.comment("\(node.origin)"))",
          to: \.valueNames, node.id)
      }
      switch node.operation {
      case .fire where schedule == .pipelined:
        add("m_\(base)", node.type.count, "membranes", to: \.memoryNames, node.id)
      case .readOut, .decode:
        add("m_\(base)", node.type.count, "accumulators", to: \.memoryNames, node.id)
      case .maxPool where schedule == .pipelined:
        let operand = graph[node.operands[0]].type.count
        add("m_\(base)", operand, "running counts", to: \.memoryNames, node.id)
        add("p_\(base)", node.type.count, "their maxima", to: \.peakNames, node.id)
      case .encode(let encode) where schedule == .pipelined && encode.coding != .direct:
        relatives.append((relativeName(node.id), node.type.count))
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
        .fire:
        break
      }
    }
  }

  private mutating func add(
    _ member: String, _ count: Int, _ note: String,
    to names: WritableKeyPath<CPlan, [NodeID: String]>, _ id: NodeID
  ) {
    members.append((member, count, note))
    self[keyPath: names][id] = member
  }
}
