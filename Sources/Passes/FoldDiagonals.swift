import SpikeIR

extension Pass {
  /// Folds rescaling and input normalisation into the synapses beside them.
  ///
  ///     %s = diagonal %x {weight=@s}; %c = conv2d %s   ->   %c = conv2d %x with scaled weights
  static let foldDiagonals = Pass(
    name: "fold-diagonals",
    summary: "Folds rescaling and input normalisation into the synapses beside them.",
    preserves: .within(1e-4)
  ) { graph, _ in
    for id in graph.order where graph.contains(id) {
      guard case .diagonal = graph[id].operation else { continue }
      if try DiagonalFolding.fold(id, in: &graph) { graph.removeDeadNodes() }
    }
  }
}
