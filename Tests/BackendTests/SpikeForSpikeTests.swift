import Foundation
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// The emitted C and the interpreter on seeded random graphs of all operations.
@Suite struct SpikeForSpikeTests {
  private static func samples(_ input: RandomSpikingGraph.Input, seed: UInt64) -> [[Float]] {
    var numbers = Numbers(seed: seed)
    let count = 7 * 6 * 4
    return (0..<3).map { _ in
      switch input {
      case .plain: numbers.integers(count, -5...11).map { Float($0) }
      case .scaled: numbers.floats(count).map { $0 * 12 }
      case .bytes: numbers.integers(count, 0...255).map { Float($0) }
      case .rate, .poisson: numbers.floats(count).map { $0 * 2 }
      }
    }
  }

  /// The seeds of the graphs, each of which both compilers build for both schedules.
  static let seeds: Range<UInt64> = 0..<32

  private static func input(_ seed: UInt64) -> RandomSpikingGraph.Input {
    let inputs = RandomSpikingGraph.Input.allCases
    return inputs[Int(seed) % inputs.count]
  }

  /// Images for the graph of a seed.
  static func samples(of seed: UInt64) -> [[Float]] { samples(input(seed), seed: seed) }

  /// The graph of a seed.
  static func graph(_ seed: UInt64) throws -> Graph {
    try RandomSpikingGraph(seed: seed, input(seed)).graph
  }

  /// The seeds of a toolchain: one compiler sanitises even ones and optimises odd ones, the other
  /// the other way round.
  static func seeds(of toolchain: Toolchain) -> [UInt64] {
    let parity = (toolchain.compiler == "gcc") == toolchain.sanitizes
    return seeds.filter { $0 % 2 == (parity ? 0 : 1) }
  }

  @Test(arguments: seeds, Schedule.allCases)
  func randomGraphs(_ seed: UInt64, _ schedule: Schedule) throws {
    try withTemporaryFolder { folder in
      try expectSameSpikes(
        try Self.graph(seed), Self.samples(of: seed), schedule, timesteps: 17,
        Toolchain.all.filter { Self.seeds(of: $0).contains(seed) },
        kernels: [0, 1].map { Toolchain.kernels[(Int(seed) + $0) % 3] }, in: folder)
    }
  }

  /// Layerwise, with counts of more than a byte.
  @Test(arguments: 0..<6 as Range<UInt64>) func largeCounts(_ seed: UInt64) throws {
    var graph = try Self.graph(seed)
    graph.timesteps = 300
    try graph.verify()
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .layerwise, timesteps: 300, in: folder)
      #expect(try program.code.contains("_split("))
      try expectSameSpikes(
        graph, Self.samples(of: seed), .layerwise, timesteps: 300,
        Toolchain.all.filter { Self.seeds(of: $0).contains(seed) },
        kernels: [0, 1].map { Toolchain.kernels[(Int(seed) + $0) % 3] }, in: folder)
    }
  }

  /// Pipelined, with all synapses that could look for spikes told that these are not few.
  @Test(arguments: 0..<4 as Range<UInt64>) func denselyDriven(_ seed: UInt64) throws {
    let graph = try Self.graph(seed)
    let levels = Dictionary(uniqueKeysWithValues: graph.order.map { ($0, 1.0) })
    try withTemporaryFolder { folder in
      let text = try [[:], levels].map {
        try EmittedProgram(graph, .pipelined, timesteps: 17, meanLevels: $0, in: folder).code
      }
      #expect(text[0].contains("spikec_event_synapse(") && text[0] != text[1])
      try expectSameSpikes(
        graph, Self.samples(of: seed), .pipelined, timesteps: 17,
        Toolchain.all.filter { Self.seeds(of: $0).contains(seed) },
        kernels: [0, 1].map { Toolchain.kernels[(Int(seed) + $0) % 3] }, meanLevels: levels,
        in: folder)
    }
  }
}
