import SpikeIR

/// A CNN of which all values are kept, so that some of them can be replaced and only what follows
/// from them is computed anew.
struct AnalogReplay: Sendable {
  private let input: NodeID
  private let output: NodeID
  private let steps: [AnalogStep]
  /// For each node, the steps that depend on it.
  private var followers: [NodeID: [Int]] = [:]

  /// - Parameter replaced: the nodes whose values will be replaced.
  /// - Throws: a `Diagnostic` if the graph cannot be run.
  init(_ graph: Graph, replaced: [NodeID]) throws {
    input = try graph.runnableInput()
    output = graph.outputs[0]
    steps = try AnalogStep.plan(graph)
    for id in replaced {
      var changed: Set<NodeID> = [id]
      followers[id] = steps.indices.filter { index in
        guard steps[index].operands.contains(where: changed.contains) else { return false }
        changed.insert(steps[index].node)
        return true
      }
    }
  }

  /// All values for one sample.
  func values(_ sample: [Float]) -> [NodeID: [Float]] {
    var values = [input: sample]
    for step in steps {
      values[step.node] = step.kernel.run(step.operands.map { values[$0]! }, count: 1)
    }
    return values
  }

  /// The first output if the value of one node were another.
  func output(_ values: [NodeID: [Float]], replacing id: NodeID, with value: [Float]) -> [Float] {
    var values = values
    values[id] = value
    for index in followers[id]! {
      let step = steps[index]
      values[step.node] = step.kernel.run(step.operands.map { values[$0]! }, count: 1)
    }
    return values[output]!
  }
}
