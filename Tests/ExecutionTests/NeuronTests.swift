import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution

/// Neurons of other simulators and chips, against their definition.
@Suite struct NeuronTests {
  static let neurons = [
    Neuron(reset: .zero), Neuron(reset: .zero, comparison: .exceeded),
    Neuron(comparison: .exceeded),
    Neuron(spikes: 31, floor: -1), Neuron(comparison: .exceeded, delay: 1),
    Neuron(reset: .zero, spikes: 2, floor: -2, delay: 3), Neuron(floor: 0), Neuron(spikes: 3),
  ]

  /// A random network whose populations all have the given neuron.
  private func network(_ seed: UInt64, _ neuron: Neuron) throws -> Graph {
    var graph = try RandomSpikingGraph(seed: seed).graph
    for id in graph.order {
      guard case .fire(var fire) = graph[id].operation else { continue }
      fire.neuron = neuron
      graph[id].operation = .fire(fire)
    }
    try graph.reinferTypes()
    try graph.verify()
    return graph
  }

  @Test(arguments: neurons, 0..<8)
  func agreeWithTheirDefinition(_ neuron: Neuron, _ seed: UInt64) throws {
    let graph = try network(seed, neuron)
    var numbers = Numbers(seed: seed + 1000)
    let levels = numbers.integers(graph.inputCount, -5...11)
    let clamped = levels.map { min(max(Int($0), -3), 9) }
    var naive = NaiveSpiking(graph)
    var seen: [Int: [NodeID: [Int]]] = [:]
    let results = try SpikingInterpreter(graph).run(
      levels.map { Float($0) }, .pipelined, checkpoints: [20]
    ) { seen[$1, default: [:]][$0] = $2.map { Int($0) } }
    for t in 1...20 {
      naive.step(clamped)
      for (source, spikes) in seen[t]! { #expect(naive.values[source] == spikes) }
    }
    #expect(results[0].spikes.reduce(0, +) > 50)
  }

  /// Layerwise, only those that lose no charge.
  @Test(arguments: 0..<8 as Range<UInt64>) func severalSpikesLayerwise(_ seed: UInt64) throws {
    let graph = try network(seed, Neuron(spikes: 3))
    var numbers = Numbers(seed: seed + 1000)
    let levels = numbers.integers(graph.inputCount, -3...9)
    var naive = NaiveSpiking(graph)
    naive.step(levels.map { 20 * Int($0) }, layerwise: 20)
    let results = try SpikingInterpreter(graph).run(
      levels.map { Float($0) }, .layerwise, checkpoints: [20]
    ) { #expect(naive.values[$0] == $2.map { Int($0) }, "at timestep \($1)") }
    #expect(results[0].spikes.reduce(0, +) > 50)
  }

  /// A neuron that sends up to n spikes, and n generic neurons with the same currents whose
  /// membranes start evenly spread, on random spikes.
  private func oneAndSeveral(_ n: Int, _ seed: UInt64) throws -> (
    graph: Graph, one: NodeID, several: [NodeID]
  ) {
    var numbers = Numbers(seed: seed)
    var graph = try Graph(input: [9])
    let (zero, unit) = (graph.constant([1], [0]), graph.constant([1], [1]))
    try graph.append(
      "e", Encode(.poisson, offset: zero, step: unit, low: 0, high: 1, seed: Int(seed)))
    let weight = graph.constant([7, 9], integers: numbers.integers(63, -30...40))
    let current = try graph.append("c", Dense(weight: weight))
    let (thetas, starts) = (numbers.integers(7, 10...60), numbers.integers(7, -9...9))
    let bias = graph.constant([7], integers: numbers.integers(7, -9...9))
    func population(_ name: String, times: Int32, _ index: Int32, _ neuron: Neuron) throws -> NodeID
    {
      let fire = Fire(
        threshold: graph.constant([7], integers: thetas.map { $0 * times }),
        start: graph.constant([7], integers: zip(starts, thetas).map { $0 + $1 * index }),
        bias: bias, neuron: neuron)
      return try graph.append(name, fire, on: [current])
    }
    let one = try population("one", times: 1, 0, Neuron(spikes: n))
    let several = try (0..<n).map {
      try population("copy\($0)", times: Int32(n), Int32($0), .generic)
    }
    graph.outputs = try ([one] + several).map {
      try graph.append("\(graph[$0].name).out", Decode(scale: unit), on: [$0])
    }
    graph.facts = [.spiking]
    return (graph, one, several)
  }

  @Test(arguments: [2, 3, 5], 0..<6 as Range<UInt64>)
  func severalSpikesAreThoseOfSeveralNeurons(_ n: Int, _ seed: UInt64) throws {
    let (graph, one, several) = try oneAndSeveral(n, seed)
    var numbers = Numbers(seed: seed + 50)
    let sample = numbers.floats(9).map { abs($0) }
    for schedule in Schedule.allCases {
      var seen: [Int: [NodeID: [Int32]]] = [:]
      _ = try SpikingInterpreter(graph).run(sample, schedule, checkpoints: [40]) {
        seen[$1, default: [:]][$0] = $2
      }
      for spikes in seen.values {
        let sums = (0..<7).map { i in several.reduce(0) { $0 + spikes[$1]![i] } }
        #expect(spikes[one] == sums)
      }
      let sent = Set(seen.values.flatMap { $0[one]! })
      #expect(sent.count > 2, "none, some and all of them fire")
    }
  }

  /// A neuron of threshold 10 and weight 1 on a constant level.
  private func train(_ level: Float, _ neuron: Neuron, timesteps: Int) throws -> [Int32] {
    var graph = try Graph(input: [1])
    let (zero, one) = (graph.constant([1], [0]), graph.constant([1], [1]))
    try graph.append("e", Encode(.direct, offset: zero, step: one, low: -100, high: 100))
    try graph.append("w", Diagonal(weight: graph.constant([1], [1])))
    try graph.append(
      "n", Fire(threshold: graph.constant([1], [10]), start: zero, neuron: neuron))
    try graph.append("d", Decode(scale: one))
    graph.facts = [.spiking]
    var train: [Int32] = []
    _ = try SpikingInterpreter(graph).run([level], .pipelined, checkpoints: [timesteps]) {
      train += $2
      _ = ($0, $1)
    }
    return train
  }

  @Test func byHand() throws {
    // 6, 12 fires to 2, 8, 14 fires to 4, 10 fires to 0.
    #expect(try train(6, .generic, timesteps: 5) == [0, 1, 0, 1, 1])
    // 6, 12 fires to 0, ...
    #expect(try train(6, Neuron(reset: .zero), timesteps: 5) == [0, 1, 0, 1, 0])
    // 5, 10 does not exceed 10, 15 fires.
    #expect(try train(5, Neuron(comparison: .exceeded), timesteps: 4) == [0, 0, 1, 0])
    #expect(try train(25, Neuron(spikes: 3), timesteps: 3) == [2, 3, 2])
    #expect(try train(6, Neuron(delay: 1), timesteps: 5) == [0, 0, 1, 0, 1])
    // 6, 9, 10.5 fires to 0.5, 6.25.
    #expect(try train(6, Neuron(decay: 0.5), timesteps: 4) == [0, 0, 1, 0])
    // 7, 10.5 fires to 0.5, 7.25, 10.625 fires.
    #expect(try train(7, Neuron(decay: 0.5), timesteps: 4) == [0, 1, 0, 1])
  }

  @Test func layerwiseIsRefused() throws {
    let graph = try network(3, Neuron(reset: .zero))
    let interpreter = try SpikingInterpreter(graph)
    let samples = FloatSamples([Float](repeating: 1, count: graph.inputCount), count: 1)
    let refusal = #expect(throws: Diagnostic.self) {
      try interpreter.run(samples, .layerwise, checkpoints: [4])
    }
    #expect(refusal?.message.contains("no layerwise") == true)
    #expect(try interpreter.run(samples, .pipelined, checkpoints: [4]).count == 1)
  }
}
