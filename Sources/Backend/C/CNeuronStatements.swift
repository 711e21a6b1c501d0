import SpikeExecution
import SpikeIR

/// What populations, read-outs and decodings do with the currents that reach them.
extension CStatements {
  /// All timesteps of a block of a population of generic neurons, if it is one.
  func fireTogether(_ node: Node) -> [String]? {
    guard case .fire(let fire) = node.operation, fire.neuron == .generic else { return nil }
    let neurons = CNeurons(node, graph)
    let type = plan.types[node.id]
    let count = node.type.count
    let kernel = type == .u8 ? "spikec_fire_block" : "spikec_fire_steps_\(type.suffix)"
    let apart = plan.constants.contains(node.operands[0]) ? 0 : count
    let call =
      "\(kernel)(\(plan.memory(node.id)), \(plan.place(node.operands[0])), \(apart),"
      + " \(plan.place(node.id)), \(weights.name(node, "bias")),"
      + " \(weights.name(node, "threshold")), \(count), \(neurons.period), \(neurons.unit),"
      + " steps, \(count));"
    return comment(node) + [type == .u8 ? call : "SPIKEC_ONCE " + call]
      + CTask.eachTimestep([note(node)])
  }

  /// A population that takes the currents of all timesteps of a block where they are computed.
  func fireBlock(_ node: Node) -> [String] {
    let synapse = graph[node.operands[0]]
    let target = CEventTarget(synapse, node, plan, weights)
    let events = CEventSynapse(synapse, plan, weights)!.statements(target)
    return CTableSynapse(synapse, plan, weights)?
      .statements(target, after: [], otherwise: events) ?? events
  }

  func fire(_ node: Node, _ current: String, _ value: String, _ span: Span) -> CTask {
    let neurons = CNeurons(node, graph)
    if span == .all { return fireAll(node, neurons, current, value) }
    let bias = weights.name(node, "bias")
    let threshold = weights.name(node, "threshold")
    let kind = neurons.kind.flatMap(CNeurons.literal)!
    return CTask(
      .once,
      [
        "spikec_neuron_step_\(plan.types[node.id].suffix)(\(plan.memory(node.id)), \(current),"
          + " \(value), \(bias), \(threshold), \(node.type.count), \(neurons.period),"
          + " \(neurons.unit), \(kind));"
      ])
  }

  /// All timesteps at once; band by band where the synapse gives bands.
  private func fireAll(_ node: Node, _ neurons: CNeurons, _ current: String, _ value: String)
    -> CTask
  {
    func call(_ current: String, _ count: Int, offset: String) -> String {
      let constants = ["base", "threshold", "inverse"].map {
        weights.name(node, $0) + (neurons.period == node.type.count ? offset : "")
      }
      let period = min(neurons.period, count)
      return "spikec_fire_all_\(plan.types[node.id].suffix)(\(current), \(value)\(offset),"
        + " \(constants.joined(separator: ", ")), \(count), \(period),"
        + " \(gain(node, neurons.unit, .all)), \(plan.timesteps * (neurons.kind?.spikes ?? 1)));"
    }
    let operand = node.operands[0]
    guard plan.kernels.fused.contains(operand),
      let packed = CPackedSynapse(graph[operand], plan, weights)
    else { return CTask(.once, [call(current, node.type.count, offset: "")]) }
    return CTask(.within, packed.statements { call($0, packed.bandCount, offset: $1) })
  }

  /// What a current counts in a neuron's charge, modulo 2^32.
  private func gain(_ node: Node, _ unit: Int, _ span: Span) -> String {
    let isOne = span == .all && plan.constants.contains(node.operands[0])
    return "\(UInt32(truncatingIfNeeded: isOne ? unit * plan.timesteps : unit))u"
  }

  func readOut(_ node: Node, _ current: String, _ span: Span) -> String {
    let neurons = CNeurons(node, graph)
    let timesteps = span == .one ? 1 : plan.timesteps
    return "spikec_read_out(\(plan.memory(node.id)), \(current), \(weights.name(node, "bias")),"
      + " \(node.type.count), \(neurons.period), \(gain(node, neurons.unit, span)),"
      + " \(timesteps));"
  }

  func decode(_ node: Node, _ operand: String, _ span: Span) -> String {
    let isOne = span == .all && plan.constants.contains(node.operands[0])
    return "spikec_accumulate_\(plan.types[node.operands[0]].suffix)(\(operand),"
      + " \(plan.memory(node.id)), \(node.type.count), \(isOne ? plan.timesteps : 1));"
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
