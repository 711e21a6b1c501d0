import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution

/// A spiking network still holds the CNN that it was made of.
@Suite struct RateNetworkTests {
  /// One population with every kind of constant, behind a coded input.
  private func network(ceiling: Double? = nil) throws -> Graph {
    var graph = try Graph(input: [2])
    let (offset, step) = (graph.constant([2], [0.5, -1]), graph.constant([1], [0.25]))
    try graph.append("e", Encode(.direct, offset: offset, step: step, low: -99, high: 99))
    let weight = graph.constant([2, 2], [0.5, -0.25, 0.125, 1])
    try graph.append("c", Dense(weight: weight))
    let fire = Fire(
      threshold: graph.constant([2], [2, 4]), start: graph.constant([1], [0.5]),
      bias: graph.constant([2], [1, -2]), ceiling: ceiling)
    try graph.append("f", fire)
    let last = graph.constant([1, 2], [3, 1])
    try graph.append("d", Dense(weight: last))
    let out = ReadOut(scale: graph.constant([1], [2]), bias: graph.constant([1], [0.5]))
    try graph.append("out", out)
    return graph
  }

  @Test func everyOperationCountsAsItsRate() throws {
    // Levels 2 and 8: currents -1 + 1 and 8.25 - 2, rates 0 and 6.25 / 4.
    let outputs = try AnalogExecutor(network().rateNetwork()).run([1, 1], count: 1)
    #expect(outputs == [[2 * (6.25 / 4 + 0.5)]])
  }

  @Test func aCeilingCuts() throws {
    let outputs = try AnalogExecutor(network(ceiling: 1.25).rateNetwork()).run([1, 1], count: 1)
    #expect(outputs == [[2 * (1.25 + 0.5)]])
  }

  @Test func manyTimestepsComeNear() throws {
    let graph = try network(ceiling: 1)
    let result = try SpikingInterpreter(graph)
      .run([1, 0.5], .layerwise, checkpoints: [1000])[0].outputs[0]
    let outputs = try AnalogExecutor(graph.rateNetwork()).run([1, 0.5], count: 1)
    #expect(abs(result[0] - Double(outputs[0][0])) < 0.01)
  }
}
