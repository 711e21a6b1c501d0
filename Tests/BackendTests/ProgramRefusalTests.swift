import Foundation
import SpikeBackend
import SpikeData
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// What the emitted program says of bad arguments, bad data and places it cannot write to.
@Suite struct ProgramRefusalTests {
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

  /// Every bad file gives one line of error, and the output that was there stays.
  @Test func refusesBadData() throws {
    let graph = try RandomSpikingGraph(seed: 2, .bytes).graph
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .layerwise, timesteps: 4, in: folder)
      try program.build(Toolchain.all[0])
      let place = program.folder.appendingPathComponent("x.npz")
      let images = NDArray([UInt8](repeating: 7, count: 168), shape: [1, 7, 6, 4])
      try NPZArchive.write([("x", images)], to: place.path)
      let good = try Data(contentsOf: place)
      let truncated = stride(from: 0, to: good.count, by: 37).map { good.prefix($0) }
      let text = NDArray(shape: [1], elementType: .float16, bytes: [0, 0])
      let archives: [[(String, NDArray)]] = [
        [("other", images)], [("x", text)],
        [("x", NDArray([UInt8](), shape: [0, 7, 6, 4]))],
        [("x", NDArray([UInt8](repeating: 7, count: 168), shape: [168]))],
        [("x", NDArray([UInt8](repeating: 7, count: 169), shape: [1, 169]))],
        [("x", images), ("y", NDArray([1, 2], shape: [1, 2]))],
      ]
      let bad = try archives.map { arrays in
        try NPZArchive.write(arrays, to: place.path)
        return try Data(contentsOf: place)
      }
      let emptyArchive = Data("PK\u{5}\u{6}".utf8) + Data(count: 18)
      let other = [emptyArchive, Data("x,y\n1,2\n".utf8)]
      let output = program.folder.appendingPathComponent("y.npy")
      try Data("before".utf8).write(to: output)
      for (i, bytes) in (truncated + bad + other).enumerated() {
        try bytes.write(to: place)
        let result = try program.run(["x.npz", "--output", "y.npy"])
        #expect(result.status == 1 && result.output == "", "\(i)")
        #expect(result.error.hasPrefix("net_main: error: x.npz: "), "\(i): \(result.error)")
        #expect(result.error.split(separator: "\n").count == 1)
      }
      #expect(try Data(contentsOf: output) == Data("before".utf8))
      try good.write(to: place)
      #expect(try program.run(["x.npz", "--output", "y.npy"]).status == 0)
      #expect(try NPYFile.read(output.path).shape[0] == 1)
    }
  }

  /// An output takes its place when it is whole, and devices are written to as they are.
  @Test func writesItsOutputWhole() throws {
    let graph = try RandomSpikingGraph(seed: 2, .bytes).graph
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(graph, .layerwise, timesteps: 4, in: folder)
      try program.build(Toolchain.all[0])
      // The second image holds what is no byte: the run fails when the first is written.
      let images = [Float](repeating: 3, count: 168) + [Float](repeating: -1, count: 168)
      try NPYFile.write(
        NDArray(images, shape: [2, 7, 6, 4]),
        to: program.folder.appendingPathComponent("x.npy").path)
      let files = { Set(try FileManager.default.contentsOfDirectory(atPath: program.folder.path)) }
      let before = try files()
      let arguments = ["x.npy", "--batch", "1", "--output", "y.npy", "--trace", "trace"]
      let failed = try program.run(arguments)
      #expect(failed.status == 1 && failed.error.contains("takes bytes"))
      #expect(
        try files().subtracting(before).allSatisfy {
          $0.contains("output-") || $0.contains("error-")
        })
      let whole = try program.run(arguments + ["--limit", "1"])
      #expect(whole.status == 0, "\(whole.error)")
      #expect(try files().isSuperset(of: ["y.npy", "trace"]))
      #expect(try !files().contains { $0.hasSuffix(".partial") })
      let device = try program.run(["x.npy", "--limit", "1", "--output", "/dev/null"])
      #expect(device.status == 0, "\(device.error)")
      let full = try program.run(["x.npy", "--limit", "1", "--output", "/dev/full"])
      #expect(full.status == 1 && full.error.contains("could not be written whole"))
    }
  }
}
