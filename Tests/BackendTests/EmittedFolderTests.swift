import Foundation
import SpikeBackend
import SpikeData
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// The emitted folder: its names, its files, and what is refused.
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

  private func target() throws -> CTarget {
    try CTarget(
      RandomSpikingGraph(seed: 1).graph, name: "net", schedule: .layerwise, timesteps: 4)
  }

  /// Files are replaced as a whole, and others stay.
  @Test func replacesAnEarlierFolder() throws {
    let target = try target()
    try withTemporaryFolder { folder in
      let place = folder.appendingPathComponent("a/b")
      try target.write(to: place.path)
      try Data("mine".utf8).write(to: place.appendingPathComponent("mine.c"))
      try Data("old".utf8).write(to: place.appendingPathComponent("net.c"))
      try target.write(to: place.path)
      let names = try FileManager.default.contentsOfDirectory(atPath: place.path)
      #expect(Set(names) == Set(target.files().map(\.name) + ["mine.c"]))
      #expect(try Data(contentsOf: place.appendingPathComponent("net.c")).count > 1000)
    }
  }

  /// What cannot be written gives one diagnostic and leaves everything as it was.
  private func expectNothingWritten(at path: String, in folder: URL) throws {
    let manager = FileManager.default
    let before = try manager.subpathsOfDirectory(atPath: folder.path)
    let place = path.hasPrefix("/") ? path : folder.appendingPathComponent(path).path
    let error = #expect(throws: Diagnostic.self) { try target().write(to: place) }
    #expect(error?.file?.hasPrefix(place) == true)
    #expect(error?.message.contains("\n") == false)
    #expect(try manager.subpathsOfDirectory(atPath: folder.path) == before)
  }

  @Test(arguments: ["file", "file/under/it", "folder", "/proc/none/net"])
  func leavesNothingHalfWritten(_ path: String) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file")
      try Data("mine".utf8).write(to: file)
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("folder/net.c"), withIntermediateDirectories: true)
      try expectNothingWritten(at: path, in: folder)
      #expect(try String(contentsOf: file, encoding: .utf8) == "mine")
    }
  }

  @Test(
    .enabled(if: geteuid() != 0, "the superuser may write everywhere"), arguments: ["", "/net"])
  func obeysPermissions(_ path: String) throws {
    try withTemporaryFolder { folder in
      let locked = folder.appendingPathComponent("locked").path
      try FileManager.default.createDirectory(atPath: locked, withIntermediateDirectories: false)
      func allow(_ permissions: Int) throws {
        try FileManager.default.setAttributes(
          [.posixPermissions: permissions], ofItemAtPath: locked)
      }
      try allow(0o500)
      defer { try? allow(0o700) }
      try expectNothingWritten(at: "locked" + path, in: folder)
    }
  }
}
