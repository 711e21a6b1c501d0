import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution

/// What an observer saw: per timestep and source, the spikes.
private final class Recording {
  var spikes: [Int: [NodeID: [Int]]] = [:]
}

@Suite struct SpikingTests {
  private func record(
    _ graph: Graph, _ sample: [Float], _ schedule: Schedule, _ checkpoints: [Int]
  ) throws -> (Recording, [SpikingResult]) {
    let recording = Recording()
    let results = try SpikingInterpreter(graph).run(sample, schedule, checkpoints: checkpoints) {
      recording.spikes[$1, default: [:]][$0] = $2.map { Int($0) }
    }
    return (recording, results)
  }

  private func logits(_ naive: NaiveSpiking, _ graph: Graph, _ timesteps: Int) -> [[Double]] {
    graph.outputs.map { id in
      let scale =
        switch graph[id].operation {
        case .readOut(let p): graph.constants[p.scale].floats
        case .decode(let p): graph.constants[p.scale].floats
        default: [Float.nan]
        }
      return naive.accumulator(id).enumerated().map {
        Double($1) * (Double(scale[$0 % scale.count]) / Double(timesteps))
      }
    }
  }

  @Test(arguments: 0..<30) func pipelinedAgreesWithDefinition(_ seed: UInt64) throws {
    let graph = try RandomSpikingGraph(seed: seed).graph
    var numbers = Numbers(seed: seed + 1000)
    let levels = numbers.integers(graph.inputCount, -5...11)
    let clamped = levels.map { min(max(Int($0), -3), 9) }
    let (seen, results) = try record(graph, levels.map { Float($0) }, .pipelined, [7, 20])
    var naive = NaiveSpiking(graph)
    for t in 1...20 {
      naive.step(clamped)
      for (source, spikes) in seen.spikes[t]! { #expect(naive.values[source] == spikes) }
      if t == 7 { #expect(results[0].outputs == logits(naive, graph, 7)) }
    }
    #expect(results[1].outputs == logits(naive, graph, 20))
    #expect(results[1].spikes.reduce(0, +) > 100)
  }

  @Test(arguments: 0..<30) func layerwiseAgreesWithDefinition(_ seed: UInt64) throws {
    let graph = try RandomSpikingGraph(seed: seed).graph
    var numbers = Numbers(seed: seed + 2000)
    let levels = numbers.integers(graph.inputCount, -5...11)
    for timesteps in [1, 13, 64] {
      let sums = levels.map { min(max(Int($0), -3), 9) * timesteps }
      let (seen, results) = try record(graph, levels.map { Float($0) }, .layerwise, [timesteps])
      var naive = NaiveSpiking(graph)
      naive.step(sums, layerwise: timesteps)
      for (source, counts) in seen.spikes[timesteps]! { #expect(naive.values[source] == counts) }
      #expect(results[0].outputs == logits(naive, graph, timesteps))
    }
  }

  /// An input of one level into one neuron of weight 1.
  private func neuron(threshold: Int32, start: Int32, bias: Int32 = 0) throws -> Graph {
    var graph = try Graph(input: [1])
    let (offset, step) = (graph.constant([1], [0]), graph.constant([1], [1]))
    try graph.append("e", Encode(.direct, offset: offset, step: step, low: -1000, high: 1000))
    try graph.append("w", Diagonal(weight: graph.constant([1], integers: [1])))
    try graph.append(
      "n",
      Fire(
        threshold: graph.constant([1], integers: [threshold]),
        start: graph.constant([1], integers: [start]),
        bias: graph.constant([1], integers: [bias])))
    try graph.append("d", Decode(scale: graph.constant([1], [1])))
    graph.facts = [.spiking, .quantized]
    graph.timesteps = 1000
    return graph
  }

  @Test func neuronByHand() throws {
    let graph = try neuron(threshold: 10, start: 5, bias: 1)
    let (seen, results) = try record(graph, [3], .pipelined, [5])
    // 5: 9, 13 fires to 3, 7, 11 fires to 1, 5.
    let train = (1...5).map { seen.spikes[$0]!.values.first![0] }
    #expect(train == [0, 1, 0, 1, 0])
    #expect(results[0].spikes == [2])
    #expect(results[0].outputs == [[2 * (1.0 / 5)]])
  }

  /// (level, T, count) at θ = 10, V(0) = 5: exact hits, negative charges, saturation.
  @Test(arguments: [
    (1, 5, 1), (1, 4, 0), (-1, 15, 0), (-1000, 7, 0), (1000, 9, 9), (10, 6, 6), (9, 5, 5),
    (9, 6, 5), (0, 100, 0),
  ])
  func countsAtTheBorders(_ level: Int, _ timesteps: Int, _ count: Int) throws {
    let graph = try neuron(threshold: 10, start: 5)
    for schedule in Schedule.allCases {
      let result = try SpikingInterpreter(graph)
        .run([Float(level)], schedule, checkpoints: [timesteps])
      #expect(result[0].spikes == [count])
    }
  }

  /// A constant current makes both schedules count the same.
  @Test(arguments: [-3, 0, 1, 4, 9, 13]) func constantCurrent(_ level: Int) throws {
    let interpreter = try SpikingInterpreter(neuron(threshold: 13, start: 6))
    let times = Array(1...60)
    let pipelined = interpreter.run([Float(level)], .pipelined, checkpoints: times)
    let layerwise = interpreter.run([Float(level)], .layerwise, checkpoints: times)
    #expect(pipelined == layerwise)
    for t in times {
      #expect(layerwise[t - 1].spikes[0] == min(max((6 + level * t) / 13, 0), t))
    }
  }

  @Test func levelsAreRoundedAndClamped() throws {
    let graph = try neuron(threshold: 1000, start: 0)
    var coded = graph
    let id = coded.node(named: "e")!
    guard case .encode(var p) = coded[id].operation else { return }
    (p.offset, p.step) = (coded.constant([1], [-1]), coded.constant([1], [0.5]))
    (p.low, p.high) = (-2, 7)
    coded[id].operation = .encode(p)
    coded.outputs = [try coded.append("levels", Decode(scale: coded.constant([1], [1])), on: [id])]
    let interpreter = try SpikingInterpreter(coded)
    func level(_ x: Float) -> Double {
      interpreter.run([x], .layerwise, checkpoints: [1])[0].outputs[0][0]
    }
    #expect([-0.76, -0.75, 0.24, 0.25, 9, -9].map { level($0) } == [0, 1, 2, 3, 7, -2])
  }

  @Test func maxPoolGrowsWithTheLargestCount() throws {
    var graph = try Graph(input: [1, 2, 1])
    let zero = graph.constant([1], [0])
    try graph.append(
      "e", Encode(.rate, offset: zero, step: graph.constant([1], [1]), low: 0, high: 1))
    try graph.append("p", MaxPool(Window2D(kernel: [1, 2], stride: [1, 2])))
    try graph.append("d", Decode(scale: graph.constant([1], [1])))
    graph.facts = [.spiking, .quantized]
    graph.timesteps = 12
    let (seen, results) = try record(graph, [0.5, 0.34], .pipelined, [12])
    let pool = graph.node(named: "p")!
    // Counts of 0.5 are 0, 1, 1, 2, ...; those of 0.34 0, 0, 1, 1, 1, 2, ... never get ahead.
    #expect((1...12).map { seen.spikes[$0]![pool]![0] } == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    #expect(results[0].outputs == [[6 * (1.0 / 12)]])
  }

  /// Beyond its proven timesteps an integer network could overflow.
  @Test(arguments: [[], [0], [4, -1], [1001]]) func refusesTimesteps(_ checkpoints: [Int]) throws {
    let interpreter = try SpikingInterpreter(neuron(threshold: 10, start: 5))
    for schedule in Schedule.allCases {
      #expect(throws: Diagnostic.self) {
        try interpreter.run(FloatSamples([1], count: 1), schedule, checkpoints: checkpoints)
      }
    }
  }

  /// The same network in floats gives the same spikes, and has no limit of timesteps.
  @Test(arguments: 0..<8) func floatsAgreeWithIntegers(_ seed: UInt64) throws {
    let graph = try RandomSpikingGraph(seed: seed).graph
    var float = graph
    float.facts = [.spiking]
    float.timesteps = nil
    var numbers = Numbers(seed: seed)
    let sample = numbers.integers(graph.inputCount, -5...11).map { Float($0) }
    for schedule in Schedule.allCases {
      let results = try [graph, float].map {
        try SpikingInterpreter($0).run(sample, schedule, checkpoints: [5, 31])
      }
      #expect(results[0] == results[1])
    }
  }

  @Test func refusesTheAnalogStage() throws {
    var graph = try Graph(input: [2])
    try graph.append("r", ReLU())
    #expect(throws: Diagnostic.self) { try SpikingInterpreter(graph) }
  }
}

extension Graph {
  /// The number of elements of the input.
  var inputCount: Int { self[inputs[0]].type.count }
}
