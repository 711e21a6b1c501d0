import SpikeIR
import SpikeTargets

extension Pass {
  /// Gives every population the neuron of a target, so that what is fitted and run from here on is
  /// what the target runs.
  ///
  ///     %r = fire %c   ->   %r = fire %c {reset=zero, fires_if=exceeded}
  static let adoptNeuron = Pass(
    name: "adopt-neuron",
    summary: "Gives every population the neuron of a target.",
    options: [PassOption("target", "generic", "see spikec targets")],
    requires: [.spiking],
    preserves: .changesMeaning("populations fire as the target's neurons do")
  ) { graph, context in
    let target = try Target.named(context.arguments.text("target"))
    for id in graph.order {
      guard case .fire(var fire) = graph[id].operation else { continue }
      fire.neuron = target.neuron
      graph[id].operation = .fire(fire)
    }
    try graph.reinferTypes()
  }
}
