import SpikeIR

extension Pipeline {
  /// The passes that are left for a graph that has been through some already, as a dump has.
  ///
  /// What is left stands behind the last pass of this pipeline that the graph's history names. A
  /// quantised graph has nothing left, whoever wrote it.
  ///
  /// - Throws: a `Diagnostic` if that leaves a pass out that the graph has not been through: it
  ///   would come too late.
  public func remaining(for graph: Graph) throws -> Pipeline {
    let last = runs.lastIndex { graph.history.contains($0.pass.name) }
    let isFinished = graph.facts.contains(.quantized)
    let count = isFinished ? runs.count : last.map { $0 + 1 } ?? 0
    if let last, let missed = runs[..<count].first(where: { $0.isMissed(by: graph) }) {
      throw Diagnostic(
        "the network has been through '\(runs[last].pass.name)', so it is too late for"
          + " '\(missed.text)'",
        notes: [
          "it has been through \(graph.history.joined(separator: ", "))",
          "start from an earlier dump, or name the passes to run with --passes",
        ])
    }
    var rest = self
    rest.runs.removeFirst(count)
    return rest
  }
}

extension PassRun {
  fileprivate func isMissed(by graph: Graph) -> Bool { !graph.history.contains(pass.name) }
}
