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
  /// The least-squares λ counts rounding and clipping alike. What a synapse sums up over its
  /// inputs is another matter: rounding errors are independent and average, clipping errors all
  /// have one sign. So `margin` makes the least-squares λ larger, up to the maximum. And errors that
  /// all neurons of a channel share do not cancel, as on an image's empty background: the square of
  /// their mean counts too, and near the margin the λ is taken at which all errors are low.
  ///
  /// A neuron that a spike sets to 0 loses what lies above its threshold, the more of what arrives,
  /// the higher its rate is: `headroom` makes every λ larger, beyond the maximum too, so that rates
  /// stay low.
  ///
  /// Where n neurons send each element (see split-neurons), λ is the nth part, and the least-squares
  /// λ that of n·T levels.
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
      PassOption("margin", "1", "by about what the λ of mse is multiplied, 0.25 to 4"),
      PassOption("headroom", "1", "by what every λ is multiplied after that, 1 to 16"),
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
    let margin = try context.arguments.real("margin", in: 0.25...4)
    let headroom = Float(try context.arguments.real("headroom", in: 1...16))
    let data = try context.requireCalibration(for: "normalize-currents")
    let copies = graph.copies
    let ranges = try data.statistics ?? data.measured(graph, histograms: mode != .max)
    func measured(perChannel: Bool) -> [NodeID: [Float]] {
      switch mode {
      case .max: ranges.maximum.mapValues { perChannel ? $0 : [$0.max() ?? 0] }
      case .percentile: ranges.percentile(percentile, perChannel: perChannel)
      case .mse:
        ranges.leastSquaresScale(
          timesteps: timesteps, start: 0.5, margin: Float(margin), copies: copies,
          perChannel: perChannel)
      }
    }
    let layerScales = measured(perChannel: false)
    let scales = granularity == .layer ? layerScales : measured(perChannel: true)
    let users = graph.users()
    var targets: [NodeID: Scale] = [:]
    for id in graph.populations {
      let isMixed =
        changesLayout(graph[id].operands[0], graph)
        || mixesChannels(behind: id, through: false, graph, users)
      let values = isMixed ? layerScales[id]! : scales[id]!
      targets[id] = usable(
        values, layerMaximum: ranges.maximum[id]!.max()!,
        currents: ranges.magnitude(graph[id].operands[0]), graph[id].operation.rectification!,
        headroom: headroom)
    }
    try Rescaling.apply(targets, to: &graph)
  }
}

extension CalibrationData {
  /// The activations of a graph's populations-to-be.
  ///
  /// - Throws: a `Diagnostic` if the samples do not fit, or if a value is not finite.
  fileprivate func measured(_ graph: Graph, histograms: Bool) throws -> ActivationStatistics {
    try ActivationStatistics.measure(
      graph, graph.populations, ranges: graph.populations.map { graph[$0].operands[0] }, source,
      histograms: histograms, progress: counter("calibrating"))
  }

  /// The same data with the activations of `graph`, which is about to come to
  /// `normalize-currents`.
  ///
  /// - Throws: a `Diagnostic` if the samples do not fit, or if a value is not finite.
  public func knowing(_ graph: Graph) throws -> CalibrationData {
    var result = self
    result.statistics = try measured(graph, histograms: true)
    return result
  }
}

extension Graph {
  /// What will be populations.
  var populations: [NodeID] { order.filter { self[$0].operation.rectification != nil } }

  /// How many neurons will send each element of a population.
  fileprivate var copies: [NodeID: Int] {
    populations.reduce(into: [:]) { $0[$1] = self[$1].operation.rectification!.copies }
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

/// λ from measured values: at most the ceiling, and never so small beside the channel's own
/// currents that weights explode. A channel that is never active has no scale of its own; it
/// takes that of its layer.
private func usable(
  _ values: [Float], layerMaximum: Float, currents: [Float], _ relu: ReLU, headroom: Float
) -> Scale {
  let ceiling = relu.ceiling.map { Float($0) } ?? .infinity
  let substitute = layerMaximum > 0 ? min(layerMaximum, ceiling) : 1
  let largest = currents.max() ?? 0
  return Scale(
    values.enumerated().map { channel, value in
      if value <= 1e-20 { return min(substitute * headroom, ceiling) / Float(relu.copies) }
      let own = values.count == currents.count ? currents[channel] : largest
      return min(max(value, own * 1e-3) * headroom, ceiling) / Float(relu.copies)
    })
}

extension ActivationStatistics {
  /// The largest magnitude of each channel of a node.
  fileprivate func magnitude(_ id: NodeID) -> [Float] {
    zip(minimum[id]!, maximum[id]!).map { max(-$0, $1) }
  }
}

extension Operation {
  /// The parameters if the operation is a rectification.
  var rectification: ReLU? {
    if case .relu(let relu) = self { relu } else { nil }
  }
}
