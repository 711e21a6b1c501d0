import SpikeExecution
import SpikeIR

/// From when to when values are needed, counted in the order of the nodes.
struct CLives {
  private var lives: [NodeID: ClosedRange<Int>] = [:]
  private var moments: [NodeID: ClosedRange<Int>] = [:]

  init(_ plan: CPlan) {
    let graph = plan.graph
    let users = graph.users()
    let order = graph.order
    let always = 0...order.count
    var index: [NodeID: Int] = [:]
    for (i, id) in order.enumerated() { index[id] = i }
    // A fused synapse is computed where its population is.
    for id in plan.kernels.fused { index[id] = index[users[id]![0]] }
    for id in order {
      moments[id] =
        plan.schedule == .pipelined && plan.constants.contains(id)
        ? always : index[id]!...index[id]!
      let uses = (users[id] ?? []).map { index[$0]! } + [index[id]!]
      var life = uses.min()!...uses.max()!
      if plan.schedule == .pipelined, plan.constants.contains(id) { life = always }
      // Inputs are coded before everything else.
      if case .encode = graph[id].operation { life = 0...life.upperBound }
      let place = plan.place(of: id)
      lives[place] =
        lives[place].map {
          min($0.lowerBound, life.lowerBound)...max($0.upperBound, life.upperBound)
        } ?? life
    }
  }

  /// The life of the values that share a node's place.
  func place(_ id: NodeID) -> ClosedRange<Int> { lives[id]! }

  /// When a node is computed.
  func moment(_ id: NodeID) -> ClosedRange<Int> { moments[id]! }
}
