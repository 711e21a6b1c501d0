import SpikeIR

extension Graph {
  /// More elements than any value of a network that a host can run.
  private static let largestValue = 1 << 28

  /// The only input of a graph that is to be run.
  ///
  /// - Throws: a `Diagnostic` if there are none or several, or if a value is too large for any
  ///   memory, as a damaged file may claim.
  func runnableInput() throws -> NodeID {
    guard inputs.count == 1 else {
      throw Diagnostic(
        "the network has \(inputs.count) inputs; only networks with one can be run",
        origin: Origin(inputs.flatMap { self[$0].origin.layers }))
    }
    for node in nodes where node.type.count > Self.largestValue {
      throw Diagnostic("a value of type \(node.type) is too large to run", origin: node.origin)
    }
    return inputs[0]
  }
}
