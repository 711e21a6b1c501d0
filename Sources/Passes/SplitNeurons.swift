import SpikeExecution
import SpikeIR

extension Pass {
  /// Lets several neurons send each element of the populations whose rounding costs most.
  ///
  /// A neuron that sends 0 to T spikes has T + 1 levels. n neurons with the same currents, whose
  /// membranes start at (k + 1/2)/n thresholds, k = 0 ... n - 1, send together the n·T + 1 levels of
  /// `clamp(⌊n·T·a/λ + 1/2⌋, 0, n·T)`, in the same T timesteps: a population code. Each spike is
  /// worth λ/n.
  ///
  /// Their sum is all that synapses see, so they are written, and run, as one neuron with the nth
  /// part of the threshold that sends up to n spikes at a timestep. It sends the same number at
  /// every timestep, in both schedules: the n membranes stay 1/n thresholds apart; those that reach
  /// the threshold are the highest, and firing makes them the lowest.
  ///
  /// `layers=auto` chooses from calibration data: it measures what rounding each population alone
  /// changes in the CNN's outputs, and takes those for which that is most for each synaptic
  /// operation, until they make two thirds of the whole.
  ///
  ///     %r = relu %c   ->   %r = relu %c {copies=2}, which becomes fire {spikes=2}
  ///
  /// Source: Hermite's identity, Σ_k ⌊x + k/n⌋ = ⌊n·x⌋. Li and Zeng 2022 (arXiv 2204.13271) let one
  /// neuron send such bursts.
  static let splitNeurons = Pass(
    name: "split-neurons",
    summary: "Lets several neurons send each element where rounding costs most.",
    options: [
      PassOption("layers", "auto", "auto | names of layers or populations, between them a ':'"),
      PassOption("copies", "2", "how many neurons send an element, 1 to 127"),
      PassOption("timesteps", "8", "T, for which auto measures"),
      PassOption("samples", "32", "how many calibration samples auto measures"),
    ],
    requires: [.currentsResolved, .averagePoolingAbsorbed],
    preserves: .exact
  ) { graph, context in
    let copies = try context.arguments.integer("copies", in: 1...127)
    let layers = context.arguments.text("layers")
    let chosen =
      layers == "auto"
      ? try costly(graph, context)
      : try layers.split(separator: ":").flatMap { try named(String($0), graph) }
    for id in chosen {
      guard case .relu(var relu) = graph[id].operation else { continue }
      guard graph[id].scale == nil else {
        throw Diagnostic("split-neurons comes before normalize-currents")
      }
      relu.copies = copies
      graph[id].operation = .relu(relu)
    }
  }
}

/// So much of the whole error, and no more, is dealt with.
private let enough = 2.0 / 3

/// The populations whose rounding changes the logits most for each synaptic operation.
private func costly(_ graph: Graph, _ context: PassContext) throws -> [NodeID] {
  let timesteps = try context.arguments.integer("timesteps", in: 1...65535)
  let most = try context.arguments.integer("samples", in: 1...65536)
  let data = try context.requireCalibration(for: "split-neurons")
  var cnn = graph
  _ = try stripOutputFunctions(&cnn)
  let costs = try RoundingCost.measure(
    cnn, cnn.populations, data.source.prefix(most), timesteps: timesteps)
  func worth(_ id: NodeID) -> Double {
    costs[id]!.error / max(costs[id]!.synapticOperations, 1)
  }
  var left = enough * costs.values.reduce(0) { $0 + $1.error }
  return cnn.populations.sorted { worth($0) > worth($1) }.filter { id in
    defer { left -= costs[id]!.error }
    return left > 0
  }
}

/// The populations of a layer of the imported model, or the one of that name.
private func named(_ name: String, _ graph: Graph) throws -> [NodeID] {
  let populations = graph.populations
  let found = populations.filter {
    graph[$0].name == name || graph[$0].origin.layers.contains(name)
  }
  guard found.isEmpty else { return found }
  let names = populations.flatMap { [graph[$0].name] + graph[$0].origin.layers }
  throw Diagnostic(
    "no population is called '\(name)'",
    notes: [name.nearest(in: names).map { "did you mean '\($0)'?" } ?? "see spikec inspect"])
}
