import Foundation
import SpikeBackend
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// The memory that the compiler reports, against what a C compiler says of the emitted C.
@Suite struct MemoryTests {
  /// Prints the sizes of the state and of all arrays together.
  private static func program(_ header: String) -> String {
    let arrays = header.matches(of: /extern const \w+ (\w+)\[/).map { "sizeof(\($0.output.1))" }
    return """
      #include <stdio.h>
      #include "net.h"
      #include "net_weights.h"
      int main(void) {
        printf("%zu %zu", sizeof(net_state), \((["0"] + arrays).joined(separator: " + ")));
        return 0;
      }
      """
  }

  @Test(arguments: 0..<6 as Range<UInt64>, Schedule.allCases)
  func isWhatTheCompilerSays(_ seed: UInt64, _ schedule: Schedule) throws {
    try expect(try SpikeForSpikeTests.graph(seed), schedule, timesteps: 17)
  }

  @Test func countsSplitLevels() throws {
    var graph = try SpikeForSpikeTests.graph(1)
    graph.timesteps = 300
    try expect(graph, .layerwise, timesteps: 300)
  }

  @Test func countsTables() throws {
    let graph = try SpikeForSpikeTests.wideGraph(0)
    try expect(graph, .pipelined, timesteps: 17, level: 1)
  }

  private func expect(
    _ graph: Graph, _ schedule: Schedule, timesteps: Int, level: Double? = nil
  ) throws {
    let levels = level.map(graph.everywhere) ?? [:]
    let memory = try CTarget(
      graph, name: "net", schedule: schedule, timesteps: timesteps, meanLevels: levels
    ).memory
    try withTemporaryFolder { folder in
      let net = try EmittedProgram(
        graph, schedule, timesteps: timesteps, meanLevels: levels, in: folder
      ).folder
      let header = try String(
        contentsOf: net.appendingPathComponent("net_weights.h"), encoding: .utf8)
      try Self.program(header).write(
        to: net.appendingPathComponent("sizes.c"), atomically: true, encoding: .utf8)
      let build = try ProcessResult(
        [
          "gcc", "-std=c99", "-O2", "-fstack-usage", "-o", "sizes", "sizes.c", "net.c",
          "net_weights.c", "-lm",
        ], in: net)
      #expect(build.status == 0, "\(build.error)")
      #expect(
        try ProcessResult(["./sizes"], in: net).output == "\(memory.state) \(memory.constants)")
      let files = try FileManager.default.contentsOfDirectory(atPath: net.path)
      let usage = try #require(files.first { $0.hasSuffix("net.su") })
      let frames = try String(contentsOf: net.appendingPathComponent(usage), encoding: .utf8)
        .split(separator: "\n").compactMap { Int($0.split(separator: "\t")[1]) }
      // The largest frame, and 1 KiB for those that call it.
      #expect(try #require(frames.max()) + 1024 <= memory.stack)
    }
  }
}
