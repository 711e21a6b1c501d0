import Foundation
import SpikeData
import SpikeExecution
import SpikeFrontend
import SpikeIR
import SpikePasses
import TestSupport
import Testing

/// The files in Tests/Fixtures/nir spike as simulate.py there, which knows nothing of this compiler,
/// says: in floats, and where weights are fractions of 16 as exact integers, and in C.
struct NirNetworkTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/nir")
  private static let timesteps = 12

  static let runnable = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".npz") }.map { String($0.dropLast(4)) }.sorted()
  static let dyadic = runnable.filter { $0.hasSuffix("_dyadic") }

  private func network(_ name: String) throws -> Graph {
    try Importer.load(path: Self.folder.appendingPathComponent("\(name).nir").path).graph
  }

  private func reference(_ name: String) throws -> NPZArchive {
    try NPZArchive(Self.folder.appendingPathComponent("\(name).npz").path)
  }

  private func samples(_ reference: NPZArchive) throws -> [[Float]] {
    let x = try reference.array(named: "x")
    return (0..<x.rowCount).map { x.floats(rows: $0..<$0 + 1) }
  }

  @Test func fixturesAreThere() {
    #expect(Self.runnable.count == 11 && Self.dyadic.count == 4)
  }

  @Test(arguments: runnable)
  func floatsSpikeAsNirSays(_ name: String) throws {
    try expectReferenceSpikes(try network(name), name)
  }

  @Test(arguments: dyadic)
  func integersAndCSpikeAsNirSays(_ name: String) throws {
    var graph = try network(name)
    let steps = "timesteps=\(Self.timesteps)"
    let pipeline = try Pipeline(parsing: "code-input,quantize-weights{theta=own,\(steps)}")
    try PassManager(pipeline, on: graph.facts).run(&graph, calibration: nil)
    try expectReferenceSpikes(graph, name)
    try withTemporaryFolder { folder in
      try expectSameSpikes(
        graph, try samples(try reference(name)), .pipelined, timesteps: Self.timesteps,
        [Toolchain.all[0]], in: folder)
    }
  }

  /// Holds every population's spikes at every timestep against the reference.
  private func expectReferenceSpikes(_ graph: Graph, _ name: String) throws {
    let reference = try reference(name)
    let interpreter = try SpikingInterpreter(graph)
    let samples = try samples(reference)
    var seen: [NodeID: [[Int32]]] = [:]
    for (number, sample) in samples.enumerated() {
      _ = interpreter.run(sample, number: number, .pipelined, checkpoints: [Self.timesteps]) {
        seen[$0, default: []].append($2)
      }
    }
    var compared = 0
    for key in reference.names where key != "x" {
      let layer = String(key.dropFirst("spikes.".count))
      // What a Delay delays is one population with it.
      if name == "delayed", layer == "if1" { continue }
      let node = try #require(
        graph.nodes.first { node in
          guard case .fire = node.operation else { return false }
          return node.origin == Origin(layer)
        }, "\(layer)")
      let array = try reference.array(named: key)
      let shape = Array(array.shape.dropFirst(2))
      let order = Tensor.transposedIndices(
        shape, Array(shape.indices.dropFirst()) + [0])
      let expected = try #require(array.integers())
      let spikes = try #require(seen[node.id])
      #expect(spikes.count == samples.count * Self.timesteps)
      for (step, values) in spikes.enumerated() {
        let start = step * order.count
        #expect(values.map { Int($0) } == order.map { expected[start + $0] }, "\(layer) \(step)")
      }
      #expect(expected.contains(1) && expected.contains(0), "nothing to compare in \(layer)")
      compared += 1
    }
    #expect(compared > 0)
  }
}
