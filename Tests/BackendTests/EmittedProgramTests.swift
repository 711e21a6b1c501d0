import Foundation
import SpikeBackend
import SpikeData
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// The program that runs an emitted network: its weights, data, threads and manners.
@Suite struct EmittedProgramTests {
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("C")

  /// More than 4 MiB of weights lie in a file, which the program finds beside itself.
  @Test func mapsLargeWeights() throws {
    var graph = try Graph(input: [2048])
    let (zero, one) = (graph.constant([1], [0]), graph.constant([1], [1]))
    try graph.append("encode", Encode(.rate, offset: zero, step: one, low: 0, high: 1))
    var numbers = Numbers(seed: 9)
    let wide = graph.constant([1100, 2048], integers: numbers.integers(1100 * 2048, -900...900))
    try graph.append("wide", Dense(weight: wide))
    let (threshold, start) = (
      graph.constant([1], integers: [30000]), graph.constant([1], integers: [15000])
    )
    try graph.append("hidden", Fire(threshold: threshold, start: start))
    let narrow = graph.constant([10, 1100], integers: numbers.integers(11000, -100...100))
    try graph.append("narrow", Dense(weight: narrow))
    try graph.append("logits", ReadOut(scale: one))
    graph.facts = [.spiking, .quantized]
    graph.timesteps = 8
    try graph.verify()
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

  /// Compiled for MPI, with one rank.
  @Test func buildsForMPI() throws {
    let graph = try RandomSpikingGraph(seed: 8, .rate).graph
    let data = graph.samples(3)
    let expected = try Expectation(graph, data, .layerwise, timesteps: 6)
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .layerwise, timesteps: 6, in: folder)
      try graph.write(data, labels: [0, 0, 0], to: program.folder.appendingPathComponent("x.npz"))
      let mpi = ["-DSPIKEC_MPI", "-I", Self.fixtures.appendingPathComponent("mpi").path]
      try program.build(Toolchain.all[0], extra: mpi)
      let result = try program.run(["x.npz", "--json"])
      let summary = try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
      #expect(summary.sources.map(\.spikes) == expected.spikes)
      #expect(try program.run(["none.npz"]).status == 1)
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

  @Test func saysWhatIsWrongWithItsArguments() throws {
    let graph = try RandomSpikingGraph(seed: 2, .bytes).graph
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .layerwise, timesteps: 4, in: folder)
      try program.build(Toolchain.all[0])
      func put(_ name: String, _ array: NDArray, _ labels: [Int]? = nil) throws {
        let extra = labels.map { [("y", NDArray($0, shape: [$0.count]))] } ?? []
        try NPZArchive.write(
          [("x", array)] + extra, to: program.folder.appendingPathComponent(name).path)
      }
      let image = [Float](repeating: 3, count: 168)
      try put("good.npz", NDArray(image, shape: [1, 7, 6, 4]))
      try put("large.npz", NDArray(image.map { $0 * 100 }, shape: [1, 7, 6, 4]))
      try put("nan.npz", NDArray(image.map { _ in .nan }, shape: [1, 7, 6, 4]))
      try put("shape.npz", NDArray(image, shape: [1, 6, 7, 4]))
      try put("labels.npz", NDArray(image, shape: [1, 7, 6, 4]), [1, 2])
      for (arguments, message) in [
        ([], "name a .npz"), (["none.npz"], "cannot be opened"), (["--limit"], "lacks its value"),
        (["good.npz", "--limit", "0"], "above 0"), (["good.npz", "--limit", "2x"], "above 0"),
        (["good.npz", "--nonsense", "1"], "--nonsense: is no option"),
        (["good.npz", "good.npz"], "one file too many"), (["large.npz"], "takes bytes"),
        (["nan.npz"], "takes bytes"), (["shape.npz"], "another shape"),
        (["labels.npz"], "one label for each"), (["good.npz", "--timesteps", "2"], "layerwise"),
        (["good.npz", "--output", "none/y.npy"], "none/y.npy: cannot be written"),
      ] {
        let result = try program.run(arguments)
        #expect(result.status == 1 && result.output == "", "\(arguments)")
        #expect(result.error.contains(message), "\(arguments): \(result.error)")
        #expect(result.error.split(separator: "\n").count == 1)
      }
      #expect(try program.run(["good.npz"]).status == 0)
      #expect(try program.run(["--help"]).output.hasPrefix("usage: net_main DATA"))
    }
  }
}
