import Foundation
import SpikeBackend
import SpikeData
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// The program that runs an emitted network: its weights, data and threads.
@Suite struct EmittedProgramTests {
  /// More than 4 MiB of weights lie in a file, which the program finds beside itself.
  @Test func mapsLargeWeights() throws {
    let graph = try Graph.wide(1500)
    try withTemporaryFolder { folder in
      try expectSameSpikes(
        graph, graph.samples(2), .layerwise, timesteps: 8, [Toolchain.all[0]], in: folder)
      let program = try EmittedProgram(graph, .pipelined, timesteps: 8, in: folder)
      try program.build(Toolchain.all[1])
      let data = folder.appendingPathComponent("x.npz")
      try graph.write(graph.samples(2), labels: [0, 1], to: data)
      let elsewhere = [program.folder.appendingPathComponent("net_main").path, data.path]
      #expect(try ProcessResult(elsewhere, in: folder).status == 0)
      try Data([1, 2, 3]).write(to: program.folder.appendingPathComponent("net.weights"))
      #expect(try ProcessResult(elsewhere, in: folder).error.contains("weight file has another"))
    }
  }

  @Test func threadsAndBatchesChangeNothing() throws {
    let graph = try RandomSpikingGraph(seed: 4, .poisson).graph
    let data = graph.samples(23)
    let labels = (0..<23).map { $0 % 5 }
    let expected = try Expectation(graph, data, .pipelined, timesteps: 6)
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .pipelined, timesteps: 16, in: folder)
      try graph.write(data, labels: labels, to: program.folder.appendingPathComponent("x.npz"))
      try program.build(Toolchain.all[1], extra: ["-fopenmp"])
      for options in [["--batch", "1"], ["--batch", "7"], []] {
        let result = try program.run(["x.npz", "--json", "--timesteps", "6"] + options)
        let summary = try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
        #expect(summary.sources.map(\.spikes) == expected.spikes)
        #expect(summary.timesteps == 6)
        let count = expected.outputs.count / 23
        let right = (0..<23).filter { n in
          let logits = expected.outputs[n * count..<(n + 1) * count]
          return logits.firstIndex(of: logits.max()!)! - n * count == labels[n]
        }
        #expect(summary.correct == right.count)
      }
      let lines = try program.run(["x.npz", "--print"]).output.split(separator: "\n")
      #expect(lines.filter { $0.hasPrefix("image ") }.count == 23)
      #expect(
        try program.run(["x.npz", "--limit", "2", "--json"]).output.contains("\"images\": 2,"))
    }
  }

  /// Images in channels last for a network of channels first, and the other way round.
  @Test func turnsImages() throws {
    let graph = try RandomSpikingGraph(seed: 6).graph
    let shape = [7, 6, 4]
    let data = graph.samples(2)
    let expected = try Expectation(graph, data, .layerwise, timesteps: 4)
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .layerwise, timesteps: 4, in: folder)
      try program.build(Toolchain.all[0])
      for turn in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let values = data.flatMap { Tensor(shape, $0).transposed(turn).floats }
        try NPYFile.write(
          NDArray(values, shape: [2] + turn.map { shape[$0] }),
          to: program.folder.appendingPathComponent("x.npy").path)
        let result = try program.run(["x.npy", "--output", "y.npy"])
        #expect(result.status == 0, "\(result.error)")
        let outputs = try Data(contentsOf: program.folder.appendingPathComponent("y.npy"))
        #expect(
          outputs.suffix(8 * expected.outputs.count)
            == expected.outputs.withUnsafeBytes { Data($0) })
        let array = try NPYFile.read(program.folder.appendingPathComponent("y.npy").path)
        #expect(array.shape == [2, expected.outputs.count / 2])
      }
    }
  }
}
