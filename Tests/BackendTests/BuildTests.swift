import Foundation
import SpikeBackend
import SpikeData
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// How the emitted folder builds: with make, CMake, MPI, and without what is optional.
@Suite struct BuildTests {
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("C")

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

  /// With a stand-in for MPI that knows one rank.
  @Test func buildsForMPI() throws {
    let graph = try RandomSpikingGraph(seed: 8, .rate).graph
    let data = graph.samples(3)
    let expected = try Expectation(graph, data, .layerwise, timesteps: 6)
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .layerwise, timesteps: 6, in: folder)
      try graph.write(data, labels: [0, 0, 0], to: program.folder.appendingPathComponent("x.npz"))
      let script = program.folder.appendingPathComponent("bin/mpicc")
      try FileManager.default.createDirectory(
        at: script.deletingLastPathComponent(), withIntermediateDirectories: true)
      let include = Self.fixtures.appendingPathComponent("mpi").path
      try Data("#!/bin/sh\nexec gcc -I '\(include)' \"$@\"\n".utf8).write(to: script)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o700], ofItemAtPath: script.path)
      let make = try ProcessResult(
        ["sh", "-c", "PATH=\"$PWD/bin:$PATH\" make strict MPI=1 CFLAGS=-O1"], in: program.folder)
      #expect(make.status == 0, "\(make.error)")
      let result = try program.run(["x.npz", "--json"])
      let summary = try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
      #expect(summary.sources.map(\.spikes) == expected.spikes)
      #expect(try program.run(["none.npz"]).status == 1)
    }
  }

  /// The ranks share out the images, and MPI sums what they find.
  @Test(.enabled(if: isInstalled("mpicc") && isInstalled("mpirun"), "needs Open MPI"))
  func anyNumberOfRanksGivesTheSame() throws {
    let graph = try RandomSpikingGraph(seed: 8, .poisson).graph
    let data = graph.samples(11)
    let labels = (0..<11).map { $0 % 5 }
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .pipelined, timesteps: 6, in: folder)
      try graph.write(data, labels: labels, to: program.folder.appendingPathComponent("x.npz"))
      try program.build(Toolchain.all[1])
      let alone = try Summary(program.run(["x.npz", "--json"]))
      let make = try ProcessResult(["make", "clean", "net_main", "MPI=1"], in: program.folder)
      #expect(make.status == 0, "\(make.error)")
      for ranks in ["1", "2", "4"] {
        let launcher = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", ranks]
        let summary = try Summary(program.run(["x.npz", "--json"], launcher: launcher))
        #expect(summary == alone, "\(ranks) ranks")
      }
      #expect(alone.images == 11 && alone.sources.contains { $0.spikes > 0 })
    }
  }

  /// In a folder of its own, where the program finds its weight file too.
  @Test(.enabled(if: isInstalled("cmake"), "needs cmake"), arguments: [8, 1500])
  func buildsWithCMake(_ width: Int) throws {
    let graph = try Graph.wide(width)
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .layerwise, timesteps: 6, in: folder)
      let data = folder.appendingPathComponent("x.npz")
      try graph.write(graph.samples(2), labels: [0, 1], to: data)
      for command in [
        ["cmake", "-S", ".", "-B", "build"], ["cmake", "--build", "build"],
        ["build/net_main", data.path],
      ] {
        let result = try ProcessResult(command, in: program.folder)
        #expect(result.status == 0, "\(command): \(result.output) \(result.error)")
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: program.folder.path)
      #expect(files.contains("net.weights") == (width > 8))
    }
  }
}
