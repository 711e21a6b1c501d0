import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution

@Suite struct SynapticOperationTests {
  /// What stands between the spikes and the synapse.
  enum Path: String, CaseIterable, Sendable {
    case straight, sumPool, padTranspose, concatReshape
  }

  /// Unit weights behind a path, so that the currents which one spike gives count its synapses.
  private func graph(_ path: Path, _ coding: Encode.Coding) throws -> (Graph, synapse: NodeID) {
    var graph = try Graph(input: [5, 4, 2])
    let (offset, step) = (graph.constant([1], [0]), graph.constant([1], [1]))
    let x = try graph.append("e", Encode(coding, offset: offset, step: step, low: 0, high: 1))
    func ones(_ shape: [Int]) -> ConstantID {
      graph.constant(shape, integers: [Int32](repeating: 1, count: shape.reduce(1, *)))
    }
    switch path {
    case .straight: break
    case .sumPool:
      try graph.append(
        "p", SumPool(Window2D(kernel: [3, 2], stride: [2, 1], padding: [1, 0, 1, 1])))
    case .padTranspose:
      try graph.append("p", Pad(padding: [1, 0, 2, 1]))
      try graph.append("t", Transpose(permutation: [1, 0, 2]))
    case .concatReshape:
      try graph.append("c", Concat(axis: 1), on: [x, x])
      try graph.append("r", Reshape(), type: TensorType(graph[x].type.element, [80]))
    }
    let synapse =
      path == .concatReshape
      ? try graph.append("s", Dense(weight: ones([3, 80])))
      : try graph.append(
        "s",
        Convolution2D(
          weight: ones([4, 3, 2, 1]), stride: [2, 1], padding: [1, 0, 1, 2], dilation: [1, 2],
          groups: 2))
    let (many, none) = (
      graph.constant([1], integers: [1 << 20]), graph.constant([1], integers: [0])
    )
    try graph.append("f", Fire(threshold: many, start: none))
    try graph.append("d", Decode(scale: step))
    graph.facts = [.spiking, .quantized]
    graph.timesteps = 16
    return (graph, synapse)
  }

  @Test(arguments: Path.allCases) func everySpikeCountsItsSynapses(_ path: Path) throws {
    let (graph, synapse) = try graph(path, .rate)
    let interpreter = try SpikingInterpreter(graph)
    for element in 0..<40 {
      var levels = [Int](repeating: 0, count: 40)
      levels[element] = 1
      var naive = NaiveSpiking(graph)
      naive.step(levels)
      for schedule in Schedule.allCases {
        let result = interpreter.run(
          levels.map { Float($0) }, schedule, checkpoints: [1, 6])
        let fanOut = naive.values[synapse]!.reduce(0, +)
        #expect(result[0].synapticOperations == [fanOut, 0])
        #expect(result[1].synapticOperations == [6 * fanOut, 0])
        #expect(result[1].spikes == [6, 0])
      }
    }
    #expect(interpreter.inputOperations == 0)
  }

  @Test(arguments: Path.allCases) func directInputsAreNoSpikes(_ path: Path) throws {
    let (graph, synapse) = try graph(path, .direct)
    let interpreter = try SpikingInterpreter(graph)
    var naive = NaiveSpiking(graph)
    naive.step([Int](repeating: 1, count: 40))
    #expect(interpreter.inputOperations == naive.values[synapse]!.reduce(0, +))
    #expect(interpreter.sources.map(\.name) == ["f"])
  }
}
