import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution

/// What rounding costs, in a network that is small enough to work it out by hand.
@Suite struct RoundingCostTests {
  /// Three samples of two numbers go through two populations side by side: `f` to two outputs with
  /// weights 1 and -1, `g` to the first with weight 3.
  private func network() throws -> (graph: Graph, f: NodeID, g: NodeID) {
    var graph = try Graph(input: [2])
    let x = graph.last
    func branch(_ name: String, _ first: [Float], _ second: [Float]) throws -> (NodeID, NodeID) {
      let weight = graph.constant([1, 2], first)
      try graph.append("\(name).in", Dense(weight: weight), on: [x])
      let relu = try graph.append(name, ReLU())
      let out = graph.constant([second.count, 1], second)
      return (relu, try graph.append("\(name).out", Dense(weight: out)))
    }
    let (f, a) = try branch("f", [1, 0], [1, -1])
    let (g, b) = try branch("g", [0, 1], [3, 0])
    try graph.append("sum", Add(), on: [a, b])
    return (graph, f, g)
  }

  @Test func byHand() throws {
    let (graph, f, g) = try network()
    // One spike at most: f's numbers are 0, 1 and 1, which λ = 1 gives exactly; g's are 0.4, 1, 1.
    let samples = FloatSamples([0, 0.4, 1, 1, 1, 1], count: 3)
    let costs = try RoundingCost.measure(graph, [f, g], samples, timesteps: 1)
    #expect(costs[f]!.error < 1e-5 && costs[f]!.synapticOperations == 4)
    // 0.4 becomes 0 with λ near 1: the first output loses 1.2, or with the next smaller λ nearly.
    #expect(abs(costs[g]!.error - 1.44) < 0.1 && costs[g]!.synapticOperations == 4)
    // Halves are 0.1 off.
    let finer = try RoundingCost.measure(graph, [g], samples, timesteps: 2)
    #expect(finer[g]!.error < 0.15 && finer[g]!.synapticOperations == 10)
  }
}
