import Foundation
import SpikeBackend
import SpikeData
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// Inputs of the emitted C other than plain images: events, and numbers that are none.
@Suite struct EmittedInputTests {
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("C")

  /// Events: spikes that a Poisson input gave, fed to the same network with a direct input.
  @Test(arguments: 0..<6) func stepsOnEvents(_ seed: UInt64) throws {
    let coded = try RandomSpikingGraph(seed: seed, .poisson).graph
    let input = try #require(coded.node(named: "encode"))
    let sample = coded.samples(1)[0].map { ($0 + 1) / 2 }
    var events: [Int32] = []
    let result = try SpikingInterpreter(coded).run(sample, .pipelined, checkpoints: [20]) {
      if $0 == input { events += $2 }
    }[0]
    var direct = coded
    guard case .encode(var encode) = coded[input].operation else { return }
    encode.coding = .direct
    direct[input].operation = .encode(encode)
    try direct.reinferTypes()
    try withTemporaryFolder { folder in
      for graph in [coded, direct] {
        let program = try EmittedProgram(graph, .pipelined, timesteps: 20, in: folder)
        let file = program.folder.appendingPathComponent("events")
        try events.withUnsafeBytes { Data($0) }.write(to: file)
        let build = try ProcessResult(
          ["gcc", "-std=c99", "-I.", "-o", "events_main"] + Toolchain.all[0].flags
            + Toolchain.warnings
            + [
              Self.fixtures.appendingPathComponent("events.c").path, "net.c", "net_weights.c",
              "-lm",
            ],
          in: program.folder)
        #expect(build.status == 0, "\(build.error)")
        let run = try ProcessResult(["./events_main", "events", "logits"], in: program.folder)
        #expect(run.status == 0, "\(run.error)")
        let logits = try Data(contentsOf: program.folder.appendingPathComponent("logits"))
        #expect(logits == result.outputs.flatMap { $0 }.withUnsafeBytes { Data($0) })
      }
    }
  }

  /// NaN and infinity are coded as the interpreter codes them.
  @Test(arguments: RandomSpikingGraph.Input.allCases.filter { $0 != .bytes })
  func codesWhatIsNotFinite(_ input: RandomSpikingGraph.Input) throws {
    let graph = try RandomSpikingGraph(seed: 5, input).graph
    var sample = graph.samples(1)[0]
    for i in sample.indices { sample[i] = [.nan, .infinity, -.infinity, 1e30, 0.5][i % 5] }
    try withTemporaryFolder { folder in
      for schedule in Schedule.allCases {
        try expectSameSpikes(
          graph, [sample], schedule, timesteps: 9, [Toolchain.all[0]], in: folder)
      }
    }
  }
}
