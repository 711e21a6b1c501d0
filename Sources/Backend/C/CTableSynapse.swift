import SpikeExecution
import SpikeIR

/// The statements and geometry of a synapse that looks up what spikes drive.
struct CTableSynapse {
  private let node: Node
  private let plan: CPlan
  private let tables: CTables
  private let weights: CWeights
  private var label: String { plan.label(node) }

  init?(_ node: Node, _ plan: CPlan, _ weights: CWeights) {
    guard let tables = plan.kernels.tables[node.id] else { return nil }
    self.node = node
    self.plan = plan
    self.tables = tables
    self.weights = weights
  }

  /// The geometry, as a constant.
  var geometry: String { "static const spikec_tables tables_\(label) = \(tables.initializer);\n" }

  /// Gives a target the currents of all timesteps, behind statements that prepare it; where the
  /// processor has no look-ups, other statements do.
  func statements(_ target: CEventTarget, after first: [String], otherwise: [String]) -> [String] {
    let operand = node.operands[0]
    let notes = ["lowest", "starts", "places"].map { weights.name(node, $0) }.joined(
      separator: ", ")
    let call =
      first + [
        "const spikec_table_weights weights = {\(weights.tables(node)), \(notes)};",
        "const spikec_event_target target = \(target.initializer);",
        "spikec_table_synapse(&tables_\(label), \(plan.place(operand)),"
          + " \(plan.graph[operand].type.count), steps, &weights, \(plan.indices(node.id)), &target);",
      ]
    func indented(_ lines: [String]) -> [String] { lines.map { "  " + $0 } }
    return ["#ifdef SPIKEC_X86", "if (spikec_has_tables(steps)) {"] + indented(call)
      + ["} else", "#endif", "{"] + indented(otherwise) + ["}"]
  }
}
