import SpikeIR
import Synchronization
import TestSupport
import Testing

@testable import SpikeExecution

/// What populations are fitted to is what really happens.
@Suite struct PopulationSweepTests {
  private static let timesteps = 8

  /// Two populations with a max-pooling and a sum between them, in numbers that floats hold
  /// exactly.
  private func network(_ neuron: Neuron = .generic) throws -> Graph {
    var graph = try Graph(input: [5, 4, 1])
    let (zero, one) = (graph.constant([1], [0]), graph.constant([1], [1]))
    let input = try graph.append("e", Encode(.direct, offset: zero, step: one, low: -8, high: 8))
    var numbers = Numbers(seed: 3)
    func weights(_ shape: [Int]) -> ConstantID {
      let values = numbers.floats(shape.reduce(1, *)).map { ($0 * 32).rounded() / 32 }
      return graph.constant(shape, values)
    }
    func convolution(_ inputs: Int) -> Convolution2D {
      Convolution2D(
        weight: weights([3, 3, 3, inputs]), stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1])
    }
    try graph.append("c", convolution(1), on: [input])
    let first = try graph.append(
      "f",
      Fire(threshold: one, start: graph.constant([3], [0.5, 0.25, 0]), neuron: neuron))
    let window = Window2D(
      kernel: [2, 2], stride: [1, 1], padding: [0, 0, 1, 1], dilation: [1, 1])
    try graph.append("m", MaxPool(window))
    let pooled = try graph.append("a", convolution(3))
    let direct = try graph.append("b", convolution(3), on: [first])
    try graph.append("s", Add(), on: [pooled, direct])
    try graph.append(
      "g", Fire(threshold: one, start: zero, bias: graph.constant([1], [0.125]), neuron: neuron))
    return graph
  }

  private var samples: FloatSamples {
    var numbers = Numbers(seed: 11)
    return FloatSamples(numbers.floats(5 * 20).map { ($0 * 4).rounded() / 2 }, count: 5)
  }

  @Test(arguments: Schedule.allCases) func givesTheInterpretersSpikes(_ schedule: Schedule) throws {
    try compare(schedule, .generic)
    try compare(schedule, Neuron(spikes: 2))
  }

  @Test(arguments: NeuronTests.neurons) func thoseOfOtherNeuronsToo(_ neuron: Neuron) throws {
    try compare(.pipelined, neuron)
  }

  private func compare(_ schedule: Schedule, _ neuron: Neuron) throws {
    var graph = try network(neuron)
    let sweep = try PopulationSweep(
      cnn: graph.rateNetwork(), samples: samples, schedule: schedule, timesteps: Self.timesteps)
    var found: [String: [[Float]]] = [:]
    try sweep.run(&graph) { graph, population in
      let neurons = PopulationNeurons(graph, population.node, schedule, Self.timesteps)
      found[graph[population.node].name] = (0..<population.samples).map {
        neurons.counts(population.currents(of: $0))
      }
    }
    let interpreter = try SpikingInterpreter(graph)
    for sample in 0..<samples.count {
      var counts: [NodeID: [Int32]] = [:]
      _ = interpreter.run(
        samples.read(sample..<sample + 1), schedule, checkpoints: [Self.timesteps]
      ) { node, _, spikes in
        counts[node] = zip(counts[node] ?? spikes.map { _ in 0 }, spikes).map { $0 + $1 }
      }
      for name in ["f", "g"] {
        let expected = counts[try #require(graph.node(named: name))]
        #expect(found[name]?[sample] == expected?.map { Float($0) }, "\(name), sample \(sample)")
        #expect(expected?.contains { $0 > 0 } == true)
      }
    }
  }

  @Test(arguments: Schedule.allCases) func fittingBringsRatesNearer(_ schedule: Schedule) throws {
    func error(_ graph: Graph) throws -> Float {
      var graph = graph
      let sweep = try PopulationSweep(
        cnn: network().rateNetwork(), samples: samples, schedule: schedule,
        timesteps: Self.timesteps)
      var sum: Float = 0
      try sweep.run(&graph) { graph, population in
        let neurons = PopulationNeurons(graph, population.node, schedule, Self.timesteps)
        for sample in 0..<population.samples {
          let counts = neurons.counts(population.currents(of: sample))
          for (count, target) in zip(counts, population.target(of: sample)) {
            let difference = count / Float(Self.timesteps) - target
            sum += difference * difference
          }
        }
      }
      return sum
    }
    var graph = try network()
    let before = try error(graph)
    let sweep = try PopulationSweep(
      cnn: graph.rateNetwork(), samples: samples, schedule: schedule, timesteps: Self.timesteps)
    try sweep.run(&graph) { graph, population in
      let fit = MembraneFit(
        population, in: graph, starts: [0, 0.25, 0.5], rounds: 0)
      guard case .fire(var fire) = graph[population.node].operation else { return }
      fire.start = graph.constants.add("start", Tensor([3], fit.start))
      graph[population.node].operation = .fire(fire)
    }
    #expect(try error(graph) < before)
  }

  /// A start that goes into the bias brings the same charge in over time.
  @Test func startsCanGoIntoTheBias() throws {
    var graph = try network(Neuron(reset: .zero))
    let sweep = try PopulationSweep(
      cnn: graph.rateNetwork(), samples: samples, schedule: .pipelined, timesteps: Self.timesteps)
    var fits: [MembraneFit] = []
    try sweep.run(&graph) { graph, population in
      fits.append(
        MembraneFit(population, in: graph, starts: [0.5], .bias, rounds: 0))
    }
    for fit in fits {
      #expect(fit.start.allSatisfy { $0 == 0 })
      #expect(fit.biasChange.allSatisfy { $0 == 0.5 / Float(Self.timesteps) })
    }
  }

  /// Three neurons of one channel with a constant current: the mean error is known.
  @Test func biasTakesTheMeanErrorAway() throws {
    var graph = try Graph(input: [3, 1, 1])
    let (zero, one) = (graph.constant([1], [0]), graph.constant([1], [1]))
    try graph.append("e", Encode(.direct, offset: zero, step: one, low: 0, high: 8))
    try graph.append("c", Diagonal(weight: graph.constant([1], [0.1])))
    try graph.append("f", Fire(threshold: one, start: zero))
    let sweep = try PopulationSweep(
      cnn: graph.rateNetwork(), samples: FloatSamples([1, 2, 3], count: 1), schedule: .layerwise,
      timesteps: 4)
    var change: [Float] = []
    try sweep.run(&graph) { graph, population in
      change = MembraneFit(population, in: graph, starts: [0], rounds: 1).biasChange
    }
    // Rates 0.1, 0.2, 0.3 become 0, 0 and 1/4.
    #expect(abs(change[0] - (0.1 + 0.2 + 0.05) / 3) < 1e-6)
  }

  /// A current of 0.3 fires a neuron that is reset to 0 at every fourth timestep; 1.2 times as much
  /// at every third, which is nearer.
  @Test func aGainMakesGoodWhatAResetLoses() throws {
    var graph = try Graph(input: [1, 1, 1])
    let (zero, one) = (graph.constant([1], [0]), graph.constant([1], [1]))
    try graph.append("e", Encode(.direct, offset: zero, step: one, low: 0, high: 8))
    try graph.append("c", Diagonal(weight: graph.constant([1], [0.1])))
    try graph.append("f", Fire(threshold: one, start: zero, neuron: Neuron(reset: .zero)))
    let sweep = try PopulationSweep(
      cnn: graph.rateNetwork(), samples: FloatSamples([3], count: 1), schedule: .pipelined,
      timesteps: 120)
    var gains: [[Float]] = []
    try sweep.run(&graph) { graph, population in
      for choice in [[1, 1.1], [1, 1.1, 1.2, 1.8]] as [[Float]] {
        gains.append(
          MembraneFit(population, in: graph, starts: [0], gains: choice, rounds: 0).gain)
      }
    }
    #expect(gains == [[1], [1.2]])
  }

  @Test(arguments: Schedule.allCases) func aReadOutLearnsWhatItsCurrentLacks(_ schedule: Schedule)
    throws
  {
    var graph = try Graph(input: [3, 1, 1])
    let (zero, one) = (graph.constant([1], [0]), graph.constant([1], [1]))
    try graph.append("e", Encode(.direct, offset: zero, step: one, low: 0, high: 8))
    try graph.append("c", Diagonal(weight: graph.constant([1], [0.1])))
    try graph.append("f", Fire(threshold: one, start: zero))
    try graph.append("d", Diagonal(weight: graph.constant([1], [2])))
    try graph.append("o", ReadOut(scale: graph.constant([1], [5])))
    let sweep = try PopulationSweep(
      cnn: graph.rateNetwork(), samples: FloatSamples([1, 2, 3, 1, 2, 3], count: 2),
      schedule: schedule, timesteps: 4)
    var found: [Float] = []
    try sweep.run(&graph, fit: { _, _ in }, readOut: { found = $2 })
    // Rates 0.1, 0.2, 0.3 become 0, 0 and 1/4; each counts twice.
    #expect(found.count == 1 && abs(found[0] - 2 * (0.1 + 0.2 + 0.05) / 3) < 1e-6, "\(found)")
  }
}
