import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// Threads that share the work on an image, against the interpreter.
@Suite(.enabled(if: isInstalled("gcc"), "needs gcc, for OpenMP")) struct ThreadTests {
  /// Images come two at a time: from four threads on these share them, and so do any that write a
  /// trace.
  private static let toolchains = [1, 2, 3, 5].map { threads in
    Toolchain(
      compiler: "gcc", flags: threads == 5 ? sanitized : optimised,
      launcher: ["env", "OMP_NUM_THREADS=\(threads)"])
  }
  private static let optimised = ["-fopenmp", "-O2", "-march=native"]
  private static let sanitized = Toolchain.all[0].flags + ["-fopenmp"]

  @Test(arguments: 0..<8 as Range<UInt64>, Schedule.allCases)
  func anyNumberGivesTheSame(_ seed: UInt64, _ schedule: Schedule) throws {
    let graph = try SpikeForSpikeTests.graph(seed)
    // Some of the pipelined ones with dot products instead of lists.
    let level = seed < 2 ? 1.0 : 0.0
    try withTemporaryFolder { folder in
      try expectSameSpikes(
        graph, SpikeForSpikeTests.samples(of: seed), schedule, timesteps: 17, Self.toolchains,
        meanLevels: graph.everywhere(level), in: folder)
    }
  }

  @Test(arguments: [0.15, 1]) func shareLookUps(_ level: Double) throws {
    let graph = try SpikeForSpikeTests.wideGraph(1)
    var numbers = Numbers(seed: 1)
    let samples = (0..<3).map { _ in numbers.floats(graph[graph.inputs[0]].type.count) }
    try withTemporaryFolder { folder in
      try expectSameSpikes(
        graph, samples, .pipelined, timesteps: 21, Self.toolchains,
        meanLevels: graph.everywhere(level), in: folder)
    }
  }
}
