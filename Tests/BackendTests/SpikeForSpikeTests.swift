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
    let levels = graph.everywhere(1)
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

  /// A convolution of few, one of many, and two that are added: all with weights up to the ends of
  /// their type.
  static func wideGraph(_ seed: UInt64) throws -> Graph {
    var numbers = Numbers(seed: seed)
    let stride = seed % 2 == 0 ? 1 : 2
    var graph = try Graph(input: [5, 16 * stride, 20], .real)
    func conv(_ from: NodeID, _ name: String, kernel: [Int], stride: Int) throws -> NodeID {
      let shape = [kernel[0], kernel[1], kernel[2], graph[from].type.channels]
      let weights = numbers.integers(shape.reduce(1, *), -128...127)
      let weight = graph.constant(shape, integers: weights)
      let around = [kernel[1] / 2, kernel[2] / 2]
      var conv = Convolution2D(weight: weight, stride: [1, stride], padding: around + around)
      conv.shift = 1
      return try graph.append(name, conv, on: [from])
    }
    func fire(_ from: NodeID, _ name: String, isShared: Bool = true) throws -> NodeID {
      let shape = isShared ? [graph[from].type.channels] : graph[from].type.shape
      let count = shape.reduce(1, *)
      return try graph.append(
        name,
        Fire(
          threshold: graph.constant(shape, integers: numbers.integers(count, 500...3000)),
          start: graph.constant(shape, integers: numbers.integers(count, 0...900)),
          bias: graph.constant(shape, integers: numbers.integers(count, -300...300)),
          fractionBits: 1), on: [from])
    }
    let input = try graph.append(
      "encode",
      Encode(
        .rate, offset: graph.constant([1], [0]), step: graph.constant([1], [1]), low: 0, high: 1))
    let a = try fire(conv(input, "a.conv", kernel: [32, 3, 3], stride: stride), "a")
    let b = try fire(conv(a, "b.conv", kernel: [80, 1, 3], stride: 1), "b")
    let sum = try graph.append(
      "sum", Add(),
      on: [
        conv(b, "c.conv", kernel: [64, 1, 1], stride: 1),
        conv(a, "d.conv", kernel: [64, 3, 3], stride: 1),
      ])
    let c = try fire(sum, "c")
    let d = try fire(conv(c, "e.conv", kernel: [16, 3, 3], stride: 1), "e", isShared: false)
    let type = graph[d].type
    let flat = try graph.append(
      "flat", Reshape(), on: [d], type: TensorType(type.element, [type.count]))
    graph.outputs = [
      try graph.append("counts", Decode(scale: graph.constant([1], [0.5])), on: [flat])
    ]
    graph.facts = [.spiking, .quantized]
    graph.timesteps = 32
    try graph.verify()
    return graph
  }

  /// Pipelined, with so many spikes that what they drive is looked up: where lists would be the next
  /// best, but for what is as well with lists, and for neurons that are not alike; and where dot
  /// products would.
  @Test(arguments: 0..<4 as Range<UInt64>) func lookedUp(_ seed: UInt64) throws {
    let graph = try Self.wideGraph(seed)
    let levels = graph.everywhere(seed < 2 ? 0.15 : 1)
    var numbers = Numbers(seed: seed)
    let samples = (0..<2).map { _ in numbers.floats(graph[graph.inputs[0]].type.count) }
    try withTemporaryFolder { folder in
      let code = try EmittedProgram(
        graph, .pipelined, timesteps: 21, meanLevels: levels, in: folder
      ).code
      #expect(code.matches(of: /spikec_table_synapse\(/).count == (seed < 2 ? 3 : 5))
      try expectSameSpikes(
        graph, samples, .pipelined, timesteps: 21, Toolchain.all, kernels: Toolchain.kernels,
        meanLevels: levels, in: folder)
    }
  }
}
