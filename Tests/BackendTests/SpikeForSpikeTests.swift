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

  @Test(arguments: 0..<20, Schedule.allCases)
  func randomGraphs(_ seed: UInt64, _ schedule: Schedule) throws {
    let inputs = RandomSpikingGraph.Input.allCases
    let input = inputs[Int(seed) % inputs.count]
    let graph = try RandomSpikingGraph(seed: seed, input).graph
    // Every toolchain gets every input coding and both schedules.
    let toolchain = Toolchain.all[(Int(seed) / inputs.count) % Toolchain.all.count]
    try withTemporaryFolder { folder in
      try expectSameSpikes(
        graph, Self.samples(input, seed: seed), schedule, timesteps: 17, [toolchain], in: folder)
    }
  }
}
