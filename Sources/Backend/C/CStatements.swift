import SpikeExecution
import SpikeIR

/// The statements of the emitted C, node by node.
struct CStatements {
  private let plan: CPlan
  private let graph: Graph
  private let weights: CWeights
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

  /// The geometry of every window, as constants.
  var windows: String {
    graph.nodes.compactMap { node -> String? in
      guard let window = window(node), plan.packings[node.id]?.isFrame != true,
        plan.events[node.id] == nil
      else { return nil }
      let (a, b) = (graph[node.operands[0]].type.shape, node.type.shape)
      let numbers =
        a + b + window.kernel + window.stride + Array(window.padding[..<2]) + window.dilation
      let list = numbers.map(String.init).joined(separator: ", ")
      return "static const spikec_window \(windowName(node)) = {\(list)};\n"
    }.joined()
      + graph.nodes.compactMap { CPackedSynapse($0, plan, weights)?.tables }.joined()
      + graph.nodes.compactMap { CEventSynapse($0, plan, weights)?.tables }.joined()
  }

  private func windowName(_ node: Node) -> String {
    "window_\(plan.label(node))"
  }

  private func window(_ node: Node) -> Window2D? {
    switch node.operation {
    case .conv2d(let conv):
      let shape = graph.constants[conv.weight].shape
      return Window2D(
        kernel: [shape[1], shape[2]], stride: conv.stride, padding: conv.padding,
        dilation: conv.dilation)
    case .pad(let pad):
      return Window2D(kernel: [1, 1], stride: [1, 1], padding: pad.padding)
    case .sumPool(let pool): return pool.window
    case .maxPool(let pool): return pool.window
    case .input, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .add,
      .concat, .reshape, .transpose, .encode, .fire, .readOut, .decode:
      return nil
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
    if plan.fused.contains(node.id) { return [] }
    if case .fire = node.operation, plan.fused.contains(node.operands[0]) {
      return comment(node) + fireBlock(node) + CStatements.eachTimestep(note(node))
    }
    if let steady = fireOnConstant(node) { return steady }
    guard let synapse = CEventSynapse(node, plan, weights) else {
      return CStatements.eachTimestep(evaluate(node, .one))
    }
    let place = plan.place(node.id)
    let clear =
      firstWriters.contains(node.id) ? ["spikec_clear(\(place), \(node.type.count) * steps);"] : []
    return comment(node) + clear + synapse.statements(into: place)
  }

  /// Statements for the timestep `t` of a block, at all of them.
  static func eachTimestep(_ lines: [String]) -> [String] {
    guard !lines.isEmpty else { return [] }
    return ["for (int32_t t = 0; t < steps; ++t) {"] + lines.map { "  " + $0 } + ["}"]
  }

  private func fireBlock(_ node: Node) -> [String] {
    let synapse = CEventSynapse(graph[node.operands[0]], plan, weights)!
    return synapse.statements(
      node, CNeurons(node, graph), bias: weights.name(node, "bias"),
      threshold: weights.name(node, "threshold"))
  }

  /// All timesteps of a population whose current is the same at each of them, if it is one.
  private func fireOnConstant(_ node: Node) -> [String]? {
    guard case .fire(let fire) = node.operation, fire.neuron == .generic,
      plan.constants.contains(node.operands[0])
    else { return nil }
    let neurons = CNeurons(node, graph)
    let call =
      "spikec_fire_steps_\(plan.types[node.id].suffix)(\(plan.memory(node.id)),"
      + " \(plan.place(node.operands[0])), \(plan.place(node.id)), \(weights.name(node, "bias")),"
      + " \(weights.name(node, "threshold")), \(node.type.count), \(neurons.period),"
      + " \(neurons.unit), steps, \(node.type.count));"
    return comment(node) + [call] + CStatements.eachTimestep(note(node))
  }

  private func comment(_ node: Node) -> [String] {
    let origin = CNames.comment("\(node.origin)")
    return ["/* \(CNames.comment(node.name)): \(node.operation.mnemonic), of \(origin) */"]
  }

  /// Computes a node's value: for one timestep, or for all of them.
  func evaluate(_ node: Node, _ span: Span) -> [String] {
    guard !plan.fused.contains(node.id) else { return [] }
    var lines = comment(node)
    // Analog values, the image and the logits, have no place in the state.
    func place(_ id: NodeID) -> String {
      graph[id].type.element == .f32 || plan.fused.contains(id) ? "" : plan.value(id)
    }
    let value = place(node.id)
    let operands = node.operands.map(place)
    let count = node.type.count
    let type = node.type.element == .f32 ? "" : plan.types[node.id].suffix
    if firstWriters.contains(node.id) {
      lines.append("spikec_clear(\(value), \(graph[plan.place(of: node.id)].type.count));")
    }
    switch node.operation {
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool: return []
    case .reshape: return []
    case .encode: lines += CEncoder(node, plan, weights).layerwise
    case .conv2d, .dense, .diagonal: lines += synapse(node, operands[0], value)
    case .add: lines += sum(node, value)
    case .sumPool: lines.append(sumPool(node, operands[0], value))
    case .maxPool: lines.append(maxPool(node, operands[0], value, span))
    case .concat(let concat): lines += join(node, concat, operands, value)
    case .transpose:
      let order = weights.name(node, "order")
      lines.append("spikec_gather_\(type)(\(operands[0]), \(value), \(order), \(count));")
    case .pad:
      lines.append(
        "spikec_frame_\(type)(\(operands[0]), \(value), \(windowName(node)),"
          + " \(node.type.shape[0]), \(node.type.shape[1]));")
    case .fire: lines += fire(node, operands[0], value, span)
    case .readOut: lines.append(readOut(node, operands[0], span))
    case .decode: lines.append(decode(node, operands[0], span))
    }
    return lines + note(node)
  }

  private func synapse(_ node: Node, _ operand: String, _ value: String) -> [String] {
    if let packed = CPackedSynapse(node, plan, weights) { return packed.statements(into: value) }
    let inputs = graph[node.operands[0]].type.count
    let kind = "\(weights.type(node).suffix)_\(plan.types[node.operands[0]].suffix)"
    let arguments = "\(operand), \(weights.expression(node)), \(value)"
    switch node.operation {
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
    return "spikec_\(kernel)_\(type.suffix)(\(operand), \(value), \(windowName(node)));"
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

  private func fire(_ node: Node, _ current: String, _ value: String, _ span: Span) -> [String] {
    let neurons = CNeurons(node, graph)
    if span == .all { return fireAll(node, neurons, current, value) }
    let bias = weights.name(node, "bias")
    let threshold = weights.name(node, "threshold")
    let special = neurons.kind.flatMap(CNeurons.literal)
    return [
      "\(special == nil ? "spikec_fire_step" : "spikec_neuron_step")"
        + "_\(plan.types[node.id].suffix)(\(plan.memory(node.id)), \(current),"
        + " \(value), \(bias), \(threshold), \(node.type.count), \(neurons.period),"
        + " \(neurons.unit)\(special.map { ", \($0)" } ?? ""));"
    ]
  }

  /// All timesteps at once; row by row where the synapse gives rows.
  private func fireAll(_ node: Node, _ neurons: CNeurons, _ current: String, _ value: String)
    -> [String]
  {
    func call(_ current: String, _ count: Int, offset: String) -> String {
      let constants = ["base", "threshold", "inverse"].map {
        weights.name(node, $0) + (neurons.period == node.type.count ? offset : "")
      }
      let period = min(neurons.period, count)
      return "spikec_fire_all_\(plan.types[node.id].suffix)(\(current), \(value)\(offset),"
        + " \(constants.joined(separator: ", ")), \(count), \(period),"
        + " \(gain(node, neurons.unit, .all)), \(plan.timesteps));"
    }
    let operand = node.operands[0]
    guard plan.fused.contains(operand),
      let packed = CPackedSynapse(graph[operand], plan, weights)
    else { return [call(current, node.type.count, offset: "")] }
    return packed.statements { call($0, packed.rowCount, offset: $1) }
  }

  /// What a current counts in a neuron's charge, modulo 2^32.
  private func gain(_ node: Node, _ unit: Int, _ span: Span) -> String {
    let isOne = span == .all && plan.constants.contains(node.operands[0])
    return "\(UInt32(truncatingIfNeeded: isOne ? unit * plan.timesteps : unit))u"
  }

  private func readOut(_ node: Node, _ current: String, _ span: Span) -> String {
    let neurons = CNeurons(node, graph)
    let timesteps = span == .one ? 1 : plan.timesteps
    return "spikec_read_out(\(plan.memory(node.id)), \(current), \(weights.name(node, "bias")),"
      + " \(node.type.count), \(neurons.period), \(gain(node, neurons.unit, span)),"
      + " \(timesteps));"
  }

  private func decode(_ node: Node, _ operand: String, _ span: Span) -> String {
    let isOne = span == .all && plan.constants.contains(node.operands[0])
    return "spikec_accumulate_\(plan.types[node.operands[0]].suffix)(\(operand),"
      + " \(plan.memory(node.id)), \(node.type.count), \(isOne ? plan.timesteps : 1));"
  }

  private func note(_ node: Node) -> [String] {
    guard let source = plan.source(node.id) else { return [] }
    return [
      "note_\(plan.types[node.id].suffix)(state, \(source), \(plan.value(node.id)), \(node.type.count),"
        + " \(weights.name(node, "fan_out")), \(weights.fanOut(node).run));"
    ]
  }

  /// Pipelined: takes an image.
  func begin(_ node: Node) -> [String] { CEncoder(node, plan, weights).begin }

  /// Pipelined: codes the input of a block's timesteps.
  func code(_ node: Node) -> [String] {
    CStatements.eachTimestep(CEncoder(node, plan, weights).step + note(node))
  }

  /// Pipelined: takes the levels of a timestep as they are.
  func takeLevels(_ node: Node) -> [String] {
    CStatements.eachTimestep(CEncoder(node, plan, weights).events + note(node))
  }

  /// The length of the list of units of a read-out or decoding.
  private func unitCount(_ node: Node) -> Int {
    node.operation.constants.first { $0.name == "scale" }.map { graph.constants[$0.id].count } ?? 1
  }

  /// Turns accumulators into logits.
  func logits(timesteps: String) -> [String] {
    var lines: [String] = []
    var start = 0
    for id in graph.outputs {
      let node = graph[id]
      let unit = weights.name(node, "unit")
      let period = unitCount(node)
      lines += [
        "for (int32_t i = 0; i < \(node.type.count); ++i) {",
        "  const double per_count = \(unit)[i % \(period)] / (double)\(timesteps);",
        "  logits[\(start) + i] = (double)\(plan.memory(id))[i] * per_count;",
        "}",
      ]
      start += node.type.count
    }
    return lines
  }
}
