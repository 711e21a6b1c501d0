import Foundation
import SpikeBackend
import SpikeData
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// What is emitted beside spikes: names, files, and how they build.
@Suite struct EmittedFolderTests {
  /// Layers can have any name; a comment in C cannot hold any text.
  @Test func takesHostileNames() throws {
    var graph = try RandomSpikingGraph(seed: 3).graph
    for (i, id) in graph.order.enumerated() {
      let name = ["*/ int x; /*", "a\nb", "??/", "ä\\", "net", "int", "", "first.conv"][i % 8]
      graph.rename(id, to: name)
      graph[id].origin = Origin("*/\n#error \(name) // \\")
    }
    try withTemporaryFolder { folder in
      for schedule in Schedule.allCases {
        try expectSameSpikes(
          graph, graph.samples(1), schedule, timesteps: 3, [Toolchain.all[0], Toolchain.all[2]],
          in: folder)
      }
    }
  }

  @Test(arguments: ["math", "7 up!", "for", ""]) func takesAnyPrefix(_ name: String) throws {
    let target = try CTarget(
      RandomSpikingGraph(seed: 1).graph, name: name, schedule: .pipelined, timesteps: 4)
    try withTemporaryFolder { folder in
      try target.write(to: folder.path)
      let make = try ProcessResult(["make", "strict", "CC=gcc", "CFLAGS=-O0"], in: folder)
      #expect(make.status == 0, "\(make.error)")
    }
  }

  /// The header is C++ too, and the program has no need of OpenMP or zlib.
  @Test func buildsInOtherWays() throws {
    let graph = try RandomSpikingGraph(seed: 2).graph
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .pipelined, timesteps: 4, in: folder)
      for arguments in [
        ["clang++", "-x", "c++", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "net.h"],
        ["make", "strict", "OPENMP=0", "CC=clang"],
        ["make", "strict", "CC=gcc", "ZLIB=no"],
      ] {
        let result = try ProcessResult(arguments, in: program.folder)
        #expect(result.status == 0, "\(arguments): \(result.error)")
      }
    }
  }

  @Test func refusesWhatCCannotHold() throws {
    let graph = try RandomSpikingGraph(seed: 1).graph
    var float = graph
    float.facts = [.spiking]
    var open = graph
    open.outputs = [try #require(graph.node(named: "first"))]
    for (graph, timesteps) in [(float, 4), (graph, 65), (graph, 0), (open, 4)] {
      #expect(throws: Diagnostic.self) {
        try CTarget(graph, name: "net", schedule: .layerwise, timesteps: timesteps)
      }
    }
  }

  /// Files are replaced as a whole, others stay, and what cannot be written leaves nothing.
  @Test func replacesAnEarlierFolder() throws {
    let target = try CTarget(
      RandomSpikingGraph(seed: 1).graph, name: "net", schedule: .layerwise, timesteps: 4)
    try withTemporaryFolder { folder in
      let place = folder.appendingPathComponent("a/b")
      try target.write(to: place.path)
      try Data("mine".utf8).write(to: place.appendingPathComponent("mine.c"))
      try Data("old".utf8).write(to: place.appendingPathComponent("net.c"))
      try target.write(to: place.path)
      let names = try FileManager.default.contentsOfDirectory(atPath: place.path)
      #expect(Set(names) == Set(target.files().map(\.name) + ["mine.c"]))
      #expect(try Data(contentsOf: place.appendingPathComponent("net.c")).count > 1000)
      #expect(throws: Diagnostic.self) {
        try target.write(to: place.appendingPathComponent("net.c").path)
      }
      #expect(throws: Diagnostic.self) {
        try target.write(to: place.appendingPathComponent("net.c/under").path)
      }
    }
  }
}
