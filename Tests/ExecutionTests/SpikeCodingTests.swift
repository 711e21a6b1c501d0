import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution

@Suite struct SpikeCodingTests {
  /// `count` inputs of 0...1, coded and decoded.
  private func graph(_ coding: Encode.Coding, _ count: Int, seed: Int = 0) throws -> Graph {
    var graph = try Graph(input: [count])
    let (offset, step) = (graph.constant([1], [0]), graph.constant([1], [1]))
    try graph.append(
      "e", Encode(coding, offset: offset, step: step, low: 0, high: 1, seed: seed))
    try graph.append("d", Decode(scale: graph.constant([1], [1])))
    graph.facts = [.spiking, .quantized]
    graph.timesteps = 4096
    return graph
  }

  @Test func rateCodingIsEvenlySpaced() throws {
    let values: [Float] = [0, 0.1, 0.25, 0.5, 0.999, 1, 1.5, -2]
    let interpreter = try SpikingInterpreter(graph(.rate, values.count))
    for schedule in Schedule.allCases {
      let times = Array(1...50)
      let results = interpreter.run(values, schedule, checkpoints: times)
      for (t, result) in zip(times, results) {
        let counts = values.map { (min(max(Double($0), 0), 1) * Double(t)).rounded(.down) }
        #expect(result.outputs[0] == counts.map { $0 * (1 / Double(t)) })
      }
    }
  }

  @Test func poissonCodingHasTheRateAndDependsOnTheImage() throws {
    let values: [Float] = [0, 0.05, 0.3, 0.5, 0.9, 1]
    let interpreter = try SpikingInterpreter(graph(.poisson, values.count, seed: 7))
    let pipelined = interpreter.run(values, number: 3, .pipelined, checkpoints: [4096])[0]
    let layerwise = interpreter.run(values, number: 3, .layerwise, checkpoints: [4096])[0]
    #expect(pipelined.outputs == layerwise.outputs)
    for (rate, value) in zip(pipelined.outputs[0], values) {
      // Four standard deviations.
      let spread = (Double(value) * Double(1 - value) / 4096).squareRoot()
      #expect(abs(rate - Double(value)) <= 4 * spread)
    }
    let other = interpreter.run(values, number: 4, .layerwise, checkpoints: [4096])[0]
    #expect(other.outputs != layerwise.outputs)
    let seeded = try SpikingInterpreter(graph(.poisson, values.count, seed: 8))
    #expect(seeded.run(values, number: 3, .layerwise, checkpoints: [4096])[0] != layerwise)
  }

  @Test(arguments: Encode.Coding.allCases) func takesAnyNumberAndSeed(_ coding: Encode.Coding)
    throws
  {
    let values: [Float] = [.nan, -.infinity, -.greatestFiniteMagnitude, .infinity]
    let interpreter = try SpikingInterpreter(graph(coding, values.count, seed: -1))
    for schedule in Schedule.allCases {
      let result = interpreter.run(values, schedule, checkpoints: [9])[0]
      #expect(result.outputs == [[0, 0, 0, 9 * (1.0 / 9)]])
    }
  }

  /// The hash, by numbers computed with another implementation of the published constants.
  @Test func poissonHashIsTheDocumentedOne() throws {
    let interpreter = try SpikingInterpreter(graph(.poisson, 8, seed: 42))
    var trains: [[Int32]] = []
    _ = interpreter.run(
      [Float](repeating: 0.5, count: 8), number: 5, .pipelined, checkpoints: [4]
    ) { trains.append($2) }
    #expect(trains == poissonTrains)
  }

  @Test func countsOfManySamplesDoNotDependOnThreads() throws {
    var numbers = Numbers(seed: 4)
    let graph = try RandomSpikingGraph(seed: 12).graph
    let interpreter = try SpikingInterpreter(graph)
    let samples = numbers.floats(37 * graph.inputCount).map { $0 * 9 }
    let source = FloatSamples(samples, count: 37)
    for schedule in Schedule.allCases {
      let all = try interpreter.run(source, schedule, checkpoints: [3, 9])
      for i in 0..<37 {
        let one = interpreter.run(source.read(i..<i + 1), number: i, schedule, checkpoints: [3, 9])
        #expect(all[i] == one)
      }
    }
  }
}

/// Spikes of 8 inputs of 0.5 at timesteps 1 to 4, for seed 42 and image 5.
private let poissonTrains: [[Int32]] = [
  [1, 1, 0, 0, 1, 1, 1, 1],
  [1, 1, 0, 1, 0, 1, 1, 1],
  [0, 0, 1, 1, 0, 0, 0, 1],
  [1, 1, 0, 1, 0, 0, 1, 0],
]
