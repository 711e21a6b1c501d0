import SpikeExecution
import SpikeIR

extension Pass {
  /// ECC's current normalisation: gives every population its λ, so that no current exceeds what
  /// one spike per timestep can carry.
  ///
  /// λ comes from the CNN's activations a on the calibration data: their maximum, as in the
  /// paper, a percentile of the positive ones, or the λ for which the mean of
  /// (λ/T · clamp(⌊T·a/λ + 1/2⌋, 0, T) − a)² is smallest for the given T; weights and biases become
  /// `Ŵ = W · λ_in / λ_out`, `b̂ = b / λ_out`. A clipped ReLU's λ is at most its ceiling.
  ///
  ///     %r = relu %c   ->   %r = relu %c : ... scale @r.scale, with the weights of %c divided by λ
  ///
  /// Source: arXiv 2103.00944, current normalisation; Rueckauer et al. 2017
  /// (doi 10.3389/fnins.2017.00682) for percentiles.
  static let normalizeCurrents = Pass(
    name: "normalize-currents",
    summary: "Gives every population its λ from calibration data, and rescales the weights.",
    options: [
      PassOption("mode", "percentile", "max | percentile | mse"),
      PassOption("percentile", "99.9", "of the positive activations"),
      PassOption("timesteps", "32", "T, for which mse gives the least squared error"),
      PassOption("per", "channel", "layer | channel"),
    ],
    requires: [.currentsResolved],
    establishes: [.currentsNormalized],
    preserves: .within(1e-4)
  ) { graph, context in
    let mode: NormalizationMode = try context.arguments.choice("mode")
    let granularity: Granularity = try context.arguments.choice("per")
    let percentile = try context.arguments.real("percentile", in: 1...100)
    let timesteps = try context.arguments.integer("timesteps", in: 1...65535)
    let populations = graph.order.filter { graph[$0].operation.rectification != nil }
    let data = try context.requireCalibration(for: "normalize-currents")
    let ranges = try ActivationStatistics.measure(
      graph, populations, data.source, histograms: mode != .max,
      progress: data.counter("calibrating"))
    func measured(perChannel: Bool) -> [NodeID: [Float]] {
      switch mode {
      case .max: ranges.maximum.mapValues { perChannel ? $0 : [$0.max() ?? 0] }
      case .percentile: ranges.percentile(percentile, perChannel: perChannel)
      case .mse:
        ranges.leastSquaresScale(timesteps: timesteps, start: 0.5, perChannel: perChannel)
      }
    }
    let layerScales = measured(perChannel: false)
    let scales = granularity == .layer ? layerScales : measured(perChannel: true)
    let users = graph.users()
    var targets: [NodeID: Scale] = [:]
    for id in populations {
      let isMixed =
        changesLayout(graph[id].operands[0], graph)
        || mixesChannels(behind: id, through: false, graph, users)
      let values = isMixed ? layerScales[id]! : scales[id]!
      targets[id] = usable(
        values, layerMaximum: ranges.maximum[id]!.max()!, graph[id].operation.rectification!)
    }
    try Rescaling.apply(targets, to: &graph)
  }
}

private enum NormalizationMode: String, CaseIterable { case max, percentile, mse }

private enum Granularity: String, CaseIterable { case layer, channel }

/// Whether a change of layout lies between a population and its synapses: then its channels are
/// not theirs, and only one λ for all can be divided out of their weights.
private func changesLayout(_ id: NodeID, _ graph: Graph) -> Bool {
  let node = graph[id]
  switch node.operation {
  case .reshape where keepsChannels(node, graph): return changesLayout(node.operands[0], graph)
  case .reshape, .transpose, .concat: return true
  case .add, .averagePool, .sumPool, .maxPool, .pad:
    return node.operands.contains { changesLayout($0, graph) }
  case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .encode,
    .fire, .readOut, .decode:
    return false
  }
}

/// Whether a reshape leaves every element in its channel, as one of a sequence to an image does.
private func keepsChannels(_ node: Node, _ graph: Graph) -> Bool {
  graph[node.operands[0]].type.channels == node.type.channels
}

/// Whether a change of layout behind a population makes its channels another axis of something
/// that takes one λ per channel: then only one λ for all can be multiplied into its weights.
private func mixesChannels(
  behind id: NodeID, through layout: Bool, _ graph: Graph, _ users: [NodeID: [NodeID]]
) -> Bool {
  (users[id] ?? []).contains { user in
    switch graph[user].operation {
    case .conv2d: layout
    case .averagePool, .sumPool, .maxPool, .pad:
      layout || mixesChannels(behind: user, through: false, graph, users)
    case .reshape where keepsChannels(graph[user], graph):
      mixesChannels(behind: user, through: layout, graph, users)
    case .reshape, .transpose: mixesChannels(behind: user, through: true, graph, users)
    case .concat: mixesChannels(behind: user, through: layout, graph, users)
    case .input, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .add, .encode,
      .fire, .readOut, .decode:
      false
    }
  }
}

/// λ from measured values: at most the ceiling, and never so small that weights explode. A
/// channel that is never active has no scale of its own; it takes that of its layer.
private func usable(_ values: [Float], layerMaximum: Float, _ relu: ReLU) -> Scale {
  let ceiling = relu.ceiling.map { Float($0) } ?? .infinity
  let substitute = layerMaximum > 0 ? min(layerMaximum, ceiling) : 1
  return Scale(
    values.map { value in
      let clipped = min(value, ceiling)
      return clipped > substitute * 1e-3 ? clipped : substitute
    })
}

extension Operation {
  /// The parameters if the operation is a rectification.
  var rectification: ReLU? {
    if case .relu(let relu) = self { relu } else { nil }
  }
}
