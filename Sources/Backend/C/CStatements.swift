import SpikeExecution
import SpikeIR

/// The statements of the emitted C, node by node.
struct CStatements {
  let plan: CPlan
  let graph: Graph
  let weights: CWeights
  /// For each shared buffer of currents, the first node that adds to it: it clears the buffer.
  private let firstWriters: Set<NodeID>

  /// Which timesteps an evaluation stands for.
  enum Span { case one, all }

  init(_ plan: CPlan, _ weights: CWeights) {
    self.plan = plan
    self.weights = weights
    graph = plan.graph
    var written: Set<NodeID> = []
    var first: Set<NodeID> = []
    for node in graph.nodes where CStatements.accumulates(node) {
      if written.insert(plan.place(of: node.id)).inserted { first.insert(node.id) }
    }
    firstWriters = first
  }

  /// Whether a node adds to a buffer of currents.
  private static func accumulates(_ node: Node) -> Bool {
    switch node.operation {
    case .conv2d, .dense, .diagonal, .add: true
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
      .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      false
    }
  }

  /// Brings back what a node keeps between steps to where an image starts.
  func reset(_ node: Node) -> [String] {
    let count = node.type.count
    switch node.operation {
    case .fire where plan.schedule == .pipelined:
      let neurons = CNeurons(node, graph)
      let start = weights.name(node, "start")
      return ["spikec_repeat(\(start), \(plan.memory(node.id)), \(count), \(neurons.period));"]
    case .readOut, .decode: return ["spikec_clear(\(plan.memory(node.id)), \(count));"]
    case .maxPool where plan.schedule == .pipelined:
      let operand = graph[node.operands[0]].type.count
      return [
        "spikec_clear(\(plan.memory(node.id)), \(operand));",
        "spikec_clear(\(plan.peaks(node.id)), \(count));",
      ]
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode, .fire:
      return []
    }
  }

  /// Computes a node's values for the `steps` timesteps of a block.
  func evaluateBlock(_ node: Node) -> [String] {
    if plan.kernels.fused.contains(node.id) { return [] }
    if case .fire = node.operation, plan.kernels.fused.contains(node.operands[0]) {
      return comment(node) + fireBlock(node) + CTask.eachTimestep([note(node)])
    }
    if let fire = fireTogether(node) { return fire }
    let tables = CTableSynapse(node, plan, weights)
    let events = CEventSynapse(node, plan, weights)
    guard tables != nil || events != nil else {
      return comment(node) + CTask.eachTimestep(evaluate(node, .one))
    }
    let place = plan.place(node.id)
    let target = CEventTarget(node, into: place)
    let clear =
      firstWriters.contains(node.id)
      ? ["SPIKEC_ONCE spikec_clear(\(place), \(node.type.count) * steps);"] : []
    let others =
      events.map { clear + $0.statements(target) } ?? CTask.eachTimestep(evaluate(node, .one))
    return comment(node)
      + (tables?.statements(target, after: clear, otherwise: others) ?? others)
  }

  /// Computes a node's values for all timesteps, or, if they are the same at each of them, for one.
  func evaluateAll(_ node: Node, _ span: Span) -> [String] {
    let tasks = evaluate(node, span)
    return tasks.isEmpty ? [] : comment(node) + CTask.atOnce(tasks)
  }

  func comment(_ node: Node) -> [String] {
    let origin = CNames.comment("\(node.origin)")
    return ["/* \(CNames.comment(node.name)): \(node.operation.mnemonic), of \(origin) */"]
  }

  /// Computes a node's value: for one timestep, or for all of them.
  private func evaluate(_ node: Node, _ span: Span) -> [CTask] {
    guard !plan.kernels.fused.contains(node.id) else { return [] }
    var tasks: [CTask] = []
    // Analog values, the image and the logits, have no place in the state.
    func place(_ id: NodeID) -> String {
      graph[id].type.element == .f32 || plan.kernels.fused.contains(id) ? "" : plan.value(id)
    }
    let value = place(node.id)
    let operands = node.operands.map(place)
    let count = node.type.count
    let type = node.type.element == .f32 ? "" : plan.types[node.id].suffix
    if firstWriters.contains(node.id) {
      let size = graph[plan.place(of: node.id)].type.count
      tasks.append(CTask(.timesteps, ["spikec_clear(\(value), \(size));"]))
    }
    switch node.operation {
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool: return []
    case .reshape: return []
    case .encode: tasks.append(CTask(.once, CEncoder(node, plan, weights).layerwise))
    case .conv2d, .dense, .diagonal:
      let packed = CPackedSynapse(node, plan, weights)
      tasks.append(
        packed?.task(into: value)
          ?? CTask(.timesteps, synapse(node, operands[0], value)))
    case .add: tasks.append(CTask(.timesteps, sum(node, value)))
    case .sumPool: tasks.append(rows(node, sumPool(node, operands[0], value)))
    case .maxPool: tasks.append(CTask(.once, [maxPool(node, operands[0], value, span)]))
    case .concat(let concat): tasks.append(CTask(.timesteps, join(node, concat, operands, value)))
    case .transpose:
      let order = weights.name(node, "order")
      tasks.append(
        CTask(.timesteps, ["spikec_gather_\(type)(\(operands[0]), \(value), \(order), \(count));"]))
    case .pad:
      let arguments = "\(operands[0]), \(value), \(windowName(node)), \(node.type.shape[1])"
      tasks.append(rows(node, "spikec_frame_\(type)(\(arguments), y);"))
    case .fire: tasks.append(fire(node, operands[0], value, span))
    case .readOut: tasks.append(CTask(.once, [readOut(node, operands[0], span)]))
    case .decode: tasks.append(CTask(.once, [decode(node, operands[0], span)]))
    }
    return tasks + [note(node)]
  }

  /// A statement for row `y` of a value, at all of them; where a block of timesteps is computed,
  /// these are what threads share.
  private func rows(_ node: Node, _ statement: String) -> CTask {
    let isSteady = plan.isSteady(node.id)
    let loop = "for (int32_t y = 0; y < \(node.type.shape[0]); ++y) \(statement)"
    return isSteady ? CTask(.timesteps, [loop]) : CTask(.within, ["SPIKEC_SHARE " + loop])
  }

  private func synapse(_ node: Node, _ operand: String, _ value: String) -> [String] {
    let inputs = graph[node.operands[0]].type.count
    let kind = "\(weights.type(node).suffix)_\(plan.types[node.operands[0]].suffix)"
    let arguments = "\(operand), \(weights.expression(node)), \(value)"
    switch node.operation {
    case .conv2d(let conv) where CWeights.isDepthwise(conv, graph):
      let scale = 1 << conv.shift
      return ["spikec_depthwise_\(kind)(\(arguments), \(windowName(node)), \(scale));"]
    case .conv2d(let conv):
      return [
        "spikec_conv2d_\(kind)(\(arguments), \(windowName(node)), \(conv.groups),"
          + " \(1 << conv.shift));"
      ]
    case .dense(let dense):
      return [
        "spikec_dense_\(kind)(\(arguments), \(inputs), \(node.type.count),"
          + " \(1 << dense.shift));"
      ]
    case .diagonal(let diagonal):
      return [
        "spikec_diagonal_\(kind)(\(arguments), \(node.type.count),"
          + " \(weights.period(diagonal, node)), \(1 << diagonal.shift));"
      ]
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
      .add, .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      preconditionFailure("\(node.name) is no synapse")
    }
  }

  /// Adds the operands that have not been added where they were computed.
  private func sum(_ node: Node, _ value: String) -> [String] {
    node.operands.filter { plan.addsInto($0) != node.id }.map {
      "spikec_accumulate_i32(\(plan.value($0)), \(value), \(node.type.count), 1);"
    }
  }

  private func sumPool(_ node: Node, _ operand: String, _ value: String) -> String {
    let type = plan.types[node.operands[0]]
    let kernel = type == plan.types[node.id] ? "sum_pool" : "sum_pool_wide"
    return "spikec_\(kernel)_\(type.suffix)(\(operand), \(value), \(windowName(node)), y);"
  }

  private func maxPool(_ node: Node, _ operand: String, _ value: String, _ span: Span) -> String {
    let type = plan.types[node.id].suffix
    if span == .all {
      return "spikec_max_pool_\(type)(\(operand), \(value), \(windowName(node)));"
    }
    return "spikec_max_pool_step_\(type)(\(operand), \(value), \(plan.memory(node.id)),"
      + " \(plan.peaks(node.id)), \(plan.row(node.id)), \(windowName(node)));"
  }

  private func join(_ node: Node, _ concat: Concat, _ operands: [String], _ value: String)
    -> [String]
  {
    let runs = node.operands.map { graph[$0].type.shape[concat.axis...].reduce(1, *) }
    let rows = node.type.shape[..<concat.axis].reduce(1, *)
    let stride = runs.reduce(0, +)
    let type = plan.types[node.id].suffix
    var start = 0
    return zip(operands, runs).map { operand, run in
      defer { start += run }
      return "spikec_rows_\(type)(\(operand), \(value) + \(start), \(rows), \(run), \(stride));"
    }
  }

  /// Counts and shows what a source sent.
  func note(_ node: Node) -> CTask {
    guard let source = plan.source(node.id) else { return CTask(.within, []) }
    let run = weights.fanOut(node).run
    return CTask(
      .within,
      [
        "note_\(plan.types[node.id].suffix)(state, \(source), \(plan.value(node.id)), \(node.type.count),"
          + " \(weights.name(node, "fan_out")), \(run));"
      ])
  }

  /// Pipelined: takes an image.
  func begin(_ node: Node) -> [String] { CEncoder(node, plan, weights).begin }

  /// Pipelined: codes the input of a block's timesteps.
  func code(_ node: Node) -> [String] {
    CTask.eachTimestep([CTask(.timesteps, CEncoder(node, plan, weights).step), note(node)])
  }

  /// Pipelined: takes the levels of a timestep as they are.
  func takeLevels(_ node: Node) -> [String] {
    CTask.eachTimestep([CTask(.timesteps, CEncoder(node, plan, weights).events), note(node)])
  }
}
