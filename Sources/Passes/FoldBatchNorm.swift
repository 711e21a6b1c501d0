import SpikeIR

extension Pass {
  /// ECC's consistency maintenance for batch normalisation.
  ///
  /// Every batch-norm becomes `g·x + h` with `g = γ / √(variance + ε)`, `h = β - g·mean`, and is
  /// folded into the synapse in front of it, or behind it where no padding is in the way. Alone
  /// before a ReLU, as in DenseNet, it stays as a diagonal synapse.
  ///
  ///     %c = conv2d %x; %b = batch_norm %c   ->   %c = conv2d %x with W·g and bias·g + h
  ///
  /// `epsilon=ignored` leaves ε out, as conversion tools did before ECC: for ablation.
  /// Source: arXiv 2103.00944, section on consistency maintenance in batch normalisation.
  static let foldBatchNorm = Pass(
    name: "fold-batch-norm",
    summary: "Folds every batch-norm, with its own epsilon, into the synapse beside it.",
    options: [PassOption("epsilon", "own", "own | ignored (for ablation: what ECC corrects)")],
    establishes: [.batchNormFolded],
    preserves: .within(1e-4), isAblation: { $0.text("epsilon") != "own" }
  ) { graph, context in
    let usesEpsilon = try context.arguments.choice("epsilon") as EpsilonUse == .own
    for id in graph.order where graph.contains(id) {
      guard case .batchNorm(let norm) = graph[id].operation else { continue }
      try replace(id, norm, epsilon: usesEpsilon ? norm.epsilon : 0, in: &graph)
      if try DiagonalFolding.fold(id, in: &graph) { graph.removeDeadNodes() }
    }
    graph.removeDeadNodes()
  }
}

private enum EpsilonUse: String, CaseIterable { case own, ignored }

/// Turns a batch-norm into a diagonal.
private func replace(_ id: NodeID, _ norm: BatchNorm, epsilon: Double, in graph: inout Graph)
  throws
{
  let node = graph[id]
  let mean = graph.constants[norm.mean].floats.map(Double.init)
  let variance = graph.constants[norm.variance].floats.map(Double.init)
  let gamma = norm.gamma.map { graph.constants[$0].floats.map(Double.init) }
  let beta = norm.beta.map { graph.constants[$0].floats.map(Double.init) }
  guard let smallest = variance.min(), smallest + epsilon > 0 else {
    throw Diagnostic(
      "a batch-norm has a variance of \(variance.min() ?? 0) with epsilon \(epsilon):"
        + " it divides by zero", origin: node.origin)
  }
  let factor = variance.indices.map { (gamma?[$0] ?? 1) / (variance[$0] + epsilon).squareRoot() }
  let shift = variance.indices.map { (beta?[$0] ?? 0) - factor[$0] * mean[$0] }
  let shape = [variance.count]
  let weight = graph.constants.add("\(node.name).factor", Tensor(shape, factor.map(Float.init)))
  let bias = graph.constants.add("\(node.name).shift", Tensor(shape, shift.map(Float.init)))
  graph[id].operation = .diagonal(Diagonal(weight: weight, bias: bias))
}
