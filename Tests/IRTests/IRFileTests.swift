import Foundation
import SpikeIR
import SpikeSerialization
import TestSupport
import Testing

/// A text with its weights beside it.
@Suite struct IRFileTests {
  private func withFile(_ graph: Graph, _ body: (String, URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("net.spk").path
      try IRFile.write(graph, to: path)
      try body(path, folder.appendingPathComponent("net.spk.h5"))
    }
  }

  @Test(arguments: [Texts.analog, Texts.spiking]) func comesBack(_ text: String) throws {
    var graph = try Graph(parsing: text)
    graph.history = ["canonicalize", "hoist-relu"]
    try withFile(graph) { path, _ in
      let again = try IRFile.read(path)
      #expect(sameBytes(again.whole, graph.whole))
      #expect(again.history == graph.history)
    }
  }

  /// Integers are stored as narrow as they fit, and come back as they were.
  @Test(arguments: [127, -127, -128, 128, 32767, -32768, 32768, Int32.max, Int32.min])
  func integersComeBack(_ value: Int32) throws {
    var graph = try Graph(input: [1])
    let weight = graph.constant([1], integers: [value])
    try graph.append("d", Diagonal(weight: weight))
    try withFile(graph) { path, _ in
      let again = try IRFile.read(path)
      #expect(again.constants[again.constants.ids[0]].integers == [value])
    }
  }

  @Test func everyFloatComesBack() throws {
    let values: [Float] = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, 1 / 3]
    var graph = try Graph(input: [6])
    let weight = graph.constant([6], values)
    try graph.append("d", Diagonal(weight: weight))
    try withFile(graph) { path, _ in
      let again = try IRFile.read(path).constants
      #expect(again[again.ids[0]].floats.map(\.bitPattern) == values.map(\.bitPattern))
    }
  }

  @Test func damagedWeightsAreRefused() throws {
    let graph = try RandomSpikingGraph(seed: 1).graph
    try withFile(graph) { path, weights in
      let intact = Array(try Data(contentsOf: weights))
      try? FileManager.default.removeItem(at: weights)
      #expect(throws: Diagnostic.self) { try IRFile.read(path) }
      for length in stride(from: 0, to: intact.count, by: max(1, intact.count / 60)) {
        try Data(intact[..<length]).write(to: weights)
        #expect(throws: Diagnostic.self) { try IRFile.read(path) }
      }
      var numbers = Numbers(seed: 5)
      for _ in 0..<200 {
        var bytes = intact
        for _ in 0..<4 { bytes[Int(numbers.next()) % bytes.count] = UInt8(numbers.next() & 255) }
        try Data(bytes).write(to: weights)
        do { try IRFile.read(path).verify() } catch is Diagnostic {}
      }
    }
  }

  @Test func weightsOfAnotherNetworkAreRefused() throws {
    try withFile(RandomSpikingGraph(seed: 1).graph) { path, weights in
      try withFile(RandomSpikingGraph(seed: 2).graph) { _, other in
        try Data(contentsOf: other).write(to: weights)
      }
      #expect(throws: Diagnostic.self) { try IRFile.read(path) }
    }
  }

  @Test(arguments: ["../net.h5", "/etc/passwd", "..", "", "a/b.h5"])
  func weightsLieBesideTheText(_ reference: String) throws {
    try withFile(RandomSpikingGraph(seed: 1).graph) { path, _ in
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try Data(text.replacing("net.spk.h5", with: reference).utf8)
        .write(to: URL(fileURLWithPath: path))
      let diagnostic = #expect(throws: Diagnostic.self) { try IRFile.read(path) }
      #expect(diagnostic?.file?.isEmpty == false)
    }
  }

  @Test func whatIsNoTextIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("x.spk").path
      #expect(throws: Diagnostic.self) { try IRFile.read(path) }
      try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: path))
      #expect(throws: Diagnostic.self) { try IRFile.read(path) }
      #expect(throws: Diagnostic.self) {
        try IRFile.write(RandomSpikingGraph(seed: 1).graph, to: folder.path + "/no/net.spk")
      }
    }
  }
}
