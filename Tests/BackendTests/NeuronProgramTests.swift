import SpikeExecution
import SpikeIR
import SpikeTargets
import TestSupport
import Testing

@testable import SpikeBackend

/// The emitted C and the interpreter on random graphs with the neurons of other targets.
@Suite struct NeuronProgramTests {
  /// Those of all targets, and others that could be: spikes that come late are not made in C.
  static let neurons: [Neuron] = {
    let others = [
      Neuron(comparison: .exceeded), Neuron(spikes: 31, floor: -1),
      Neuron(reset: .zero, spikes: 2, floor: -2), Neuron(spikes: 3),
    ]
    return Target.all.map(\.neuron).reduce(into: others) { list, neuron in
      if neuron != .generic, neuron.delay == 0, !list.contains(neuron) { list.append(neuron) }
    }
  }()

  private func graph(_ seed: UInt64, _ neuron: Neuron) throws -> Graph {
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

  @Test(arguments: neurons, [3, 4] as [UInt64])
  func giveTheSameSpikes(_ neuron: Neuron, _ seed: UInt64) throws {
    try compare(neuron, seed, .pipelined)
  }

  @Test(arguments: 3..<7 as Range<UInt64>) func severalSpikesLayerwise(_ seed: UInt64) throws {
    try compare(Neuron(spikes: 3), seed, .layerwise)
  }

  private func compare(_ neuron: Neuron, _ seed: UInt64, _ schedule: Schedule) throws {
    var numbers = Numbers(seed: seed)
    let samples = (0..<3).map { _ in numbers.integers(7 * 6 * 4, -5...11).map { Float($0) } }
    try withTemporaryFolder { folder in
      try expectSameSpikes(
        try graph(seed, neuron), samples, schedule, timesteps: 17,
        [Toolchain.all[seed % 2 == 0 ? 0 : 3]], kernels: ["-DSPIKEC_ALL"], in: folder)
    }
  }

  @Test func layerwiseAndDelaysAreRefused() throws {
    let reset = try graph(3, Neuron(reset: .zero))
    #expect(throws: Diagnostic.self) {
      try CTarget(reset, name: "n", schedule: .layerwise, timesteps: 4)
    }
    let late = try graph(3, Neuron(delay: 1))
    #expect(throws: Diagnostic.self) {
      try CTarget(late, name: "n", schedule: .pipelined, timesteps: 4)
    }
  }
}
