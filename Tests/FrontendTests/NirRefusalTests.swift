import Foundation
import HDF5
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// NIR files that are damaged, hostile or beyond what populations do: each gives a diagnostic.
struct NirRefusalTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/nir")

  @Test(arguments: [
    ("cuba", "cuba", "synaptic current"), ("cuba_li", "li", "synaptic current"),
    ("recurrent", "lif", "recurrent"), ("threshold", "step", "without memory"),
  ])
  func refuses(_ file: String, _ layer: String, _ message: String) throws {
    let path = Self.folder.appendingPathComponent("\(file).nir").path
    let refusal = try #require(ReferenceComparison.refusal(path))
    #expect(refusal.origin == Origin(layer) && refusal.message.contains(message), "\(refusal)")
    let summary = try #require(try NirSummary.read(path: path, options: ImportOptions()))
    #expect(summary.refusal == refusal && summary.nodes.count > 3)
  }

  /// One node of a hand-made file.
  private struct Node {
    var name: String
    var type: String
    var numbers: [(key: String, shape: [Int], value: Float)] = []

    static let input = Node(name: "input", type: "Input", numbers: [("shape", [1], 4)])
    static let output = Node(name: "output", type: "Output", numbers: [("shape", [1], 4)])
    static let neurons = Node(
      name: "n", type: "IF", numbers: [("r", [4], 1), ("v_threshold", [4], 1)])
  }

  private static let chain = [["input", "n"], ["n", "output"]]

  private func refusal(_ nodes: [Node], _ edges: [[String]]) throws -> Diagnostic? {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("made.nir").path
      try write(nodes, edges, to: path)
      return ReferenceComparison.refusal(path)
    }
  }

  /// Writes a file, which is closed then: one that is being written cannot be read.
  private func write(_ nodes: [Node], _ edges: [[String]], to path: String) throws {
    let file = try HDF5File.create(path)
    try file.root.write("node/type", strings: ["NIRGraph"], shape: [])
    try file.root.write(
      "node/edges", strings: edges.flatMap { $0 }, shape: [edges.count, edges.first?.count ?? 2])
    for node in nodes {
      let group = "node/nodes/\(node.name)"
      try file.root.write("\(group)/type", strings: [node.type], shape: [])
      for (key, shape, value) in node.numbers {
        try file.root.write(
          "\(group)/\(key)", [Float](repeating: value, count: shape.reduce(1, *)), shape: shape)
      }
    }
    try file.flush()
  }

  @Test func readsWhatIsMadeByHand() throws {
    #expect(try refusal([.input, .neurons, .output], Self.chain) == nil)
  }

  @Test func namesWhatIsMissing() throws {
    func expect(
      _ text: String, _ nodes: [Node], _ edges: [[String]] = Self.chain,
      at location: SourceLocation = #_sourceLocation
    ) throws {
      let refusal = try refusal(nodes, edges)
      #expect(
        refusal?.message.contains(text) == true, "\(String(describing: refusal))",
        sourceLocation: location)
    }
    func node(_ type: String, _ numbers: (String, [Int], Float)...) -> Node {
      Node(name: "n", type: type, numbers: numbers.map { (key: $0.0, shape: $0.1, value: $0.2) })
    }
    let ends = [Node.input, .output]
    try expect(
      "which is no node", [.input, .neurons, .output], [["input", "m"], ["n", "output"]])
    try expect("expected [edges, 2]", [.input, .neurons, .output], [["input", "n", "output"]])
    try expect("no Output", [.input, .neurons], [["input", "n"]])
    try expect("nothing leads to it", [.input, .neurons, .output], [["n", "output"]])
    try expect("none of NIR 1.0", ends + [node("Conv7d")])
    try expect("has no 'v_threshold'", ends + [node("IF", ("r", [4], 1))])
    try expect("has no 'weight'", ends + [node("Affine")])
    try expect("does not fit", ends + [node("Linear", ("weight", [2, 5], 1))])
    try expect("bias has 3", ends + [node("Affine", ("weight", [2, 4], 1), ("bias", [3], 1))])
    try expect("has shape [3]", ends + [node("IF", ("r", [3], 1), ("v_threshold", [3], 1))])
    try expect("does not lie above", ends + [node("IF", ("v_threshold", [4], -1))])
    try expect("NaN", ends + [node("IF", ("v_threshold", [4], .nan))])
    try expect("NaN or infinity", ends + [node("Linear", ("weight", [4, 4], .infinity))])
    try expect("channels", ends + [node("Conv2d", ("weight", [1, 1, 1, 1], 1))])
    let flatten = Node(name: "m", type: "Flatten", numbers: [("start_dim", [], 0.5)])
    try expect("not a whole number", ends + [flatten], [["input", "m"], ["m", "output"]])
    try expect("shorter than a timestep", ends + [node("LIF", ("tau", [4], 1e-6))])
  }

  @Test func neverTrapsOnDamage() throws {
    var random = SeededGenerator(state: 4)
    for name in ["cnn_dyadic", "nested_dyadic", "lif_leaky"] {
      let intact = try Data(contentsOf: Self.folder.appendingPathComponent("\(name).nir"))
      try withTemporaryFolder { folder in
        let file = folder.appendingPathComponent("damaged.nir")
        for round in 0..<60 {
          var bytes = intact
          if round % 6 == 0 {
            bytes = bytes.prefix(Int.random(in: 0..<intact.count, using: &random))
          } else {
            for _ in 0..<4 {
              bytes[Int.random(in: 0..<intact.count, using: &random)] =
                .random(in: 0...255, using: &random)
            }
          }
          try bytes.write(to: file)
          _ = ReferenceComparison.refusal(file.path)
          _ = try? NirSummary.read(path: file.path, options: ImportOptions())
        }
      }
    }
  }
}
