import SpikeIR
import SpikeTargets

extension Pass {
  /// Refuses a network whose sums are not exact in the bits that a target computes with; says so
  /// for each population.
  ///
  /// The bits are those of whole multiples of the smallest charge: 24 for 32-bit floats, below
  /// which every sum is exact whatever its order.
  static let checkRanges = Pass(
    name: "check-ranges",
    summary: "Refuses sums that are not exact in the bits of a target.",
    options: [PassOption("target", "generic", "see spikec targets")],
    requires: [.quantized],
    preserves: .exact
  ) { graph, context in
    let target = try Target.named(context.arguments.text("target"))
    let limit = Int64(1) << Int64(target.limits.stateBits)
    var ranges = RangeAnalysis()
    var found: [Diagnostic] = []
    for node in graph.nodes {
      let range: Interval
      switch node.operation {
      case .fire: range = ranges.membrane(node.id, graph, timesteps: graph.timesteps ?? 1)
      case .readOut: range = ranges.membrane(node.id, graph, timesteps: 1)
      default: continue
      }
      guard range.magnitude > limit else { continue }
      found.append(
        Diagnostic(
          "target '\(target.name)' adds exactly up to 2^\(target.limits.stateBits), the charge can"
            + " reach \(range.magnitude)", origin: node.origin,
          notes: ["use fewer --weight-bits or fewer --timesteps"]))
    }
    try DiagnosticList(found).throwIfAny()
  }
}
