import SpikeExecution
import SpikeIR

/// What the currents of a block of timesteps become: the initialiser of a `spikec_event_target`.
struct CEventTarget {
  let initializer: String

  /// A part of the currents of all timesteps.
  init(_ node: Node, into current: String) {
    let scale = CEventTarget.scale(node)
    initializer = "{NULL, NULL, NULL, 0, \(scale), NULL, \(current), \(node.type.count)}"
  }

  /// The spikes of a population that takes a synapse's currents, which have no place.
  init(_ node: Node, _ fire: Node, _ plan: CPlan, _ weights: CWeights) {
    let neurons = CNeurons(fire, plan.graph)
    let constants = ["bias", "threshold"].map { weights.name(fire, $0) }.joined(separator: ", ")
    let unit = neurons.unit * CEventTarget.scale(node)
    initializer =
      "{\(plan.memory(fire.id)), \(constants), \(neurons.period), \(unit),"
      + " \(plan.place(fire.id)), NULL, \(fire.type.count)}"
  }

  private static func scale(_ node: Node) -> Int {
    1 << (node.operation.parameters as! any Synapse).shift
  }
}

/// The statements and geometry of a synapse that looks for spikes.
struct CEventSynapse {
  private let node: Node
  private let plan: CPlan
  private let events: CEvents
  private let weight: String
  private var label: String { plan.label(node) }

  init?(_ node: Node, _ plan: CPlan, _ weights: CWeights) {
    guard let events = plan.kernels.events[node.id] else { return nil }
    self.node = node
    self.plan = plan
    self.events = events
    weight = weights.expression(node)
  }

  /// The geometry, as a constant.
  var geometry: String { "static const spikec_events events_\(label) = \(events.initializer);\n" }

  /// Gives a target the currents of all timesteps.
  func statements(_ target: CEventTarget) -> [String] {
    let operand = node.operands[0]
    return [
      "{",
      "  const spikec_event_target target = \(target.initializer);",
      "  spikec_event_synapse(&events_\(label), \(plan.place(operand)),"
        + " \(plan.graph[operand].type.count), steps, \(weight), \(plan.lists(node.id)), &target);",
      "}",
    ]
  }
}
