import SpikeIR
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: [Texts.analog, Texts.spiking]) func everyOperation(_ text: String) throws {
    let graph = try Graph(parsing: text)
    let again = try Graph(parsing: graph.whole)
    #expect(sameBytes(again.whole, graph.whole))
    #expect(again.facts == graph.facts && again.timesteps == graph.timesteps)
    for (a, b) in zip(graph.nodes, again.nodes) {
      #expect(a.name == b.name && a.origin == b.origin && a.type == b.type)
      #expect((a.scale == nil) == (b.scale == nil))
    }
  }

  /// Integers have no leak, so the texts have none.
  @Test func leaks() throws {
    let text = Texts.spiking.replacing(" quantized]", with: "]").replacing(
      "facts=[spiking,", with: "facts=[spiking"
    )
    .replacing("fires_if=exceeded", with: "decay=0.9")
    let graph = try Graph(parsing: text)
    #expect(graph.whole.contains("decay=0.9"))
    #expect(sameBytes(try Graph(parsing: graph.whole).whole, graph.whole))
    let whole = Texts.spiking.replacing("fires_if=exceeded", with: "decay=0.9")
    #expect(throws: Diagnostic.self) { try Graph(parsing: whole) }
  }

  @Test(arguments: [
    "spikes=0", "spikes=128", "spikes=2, fires_if=exceeded", "floor=1", "delay=-1", "delay=256",
    "decay=0.0", "decay=1.5", "reset=one", "fires_if=above",
  ])
  func refusedNeurons(_ attributes: String) throws {
    let text = Texts.spiking.replacing("fires_if=exceeded", with: attributes)
    #expect(throws: Diagnostic.self) { try Graph(parsing: text) }
  }

  @Test func theTextsHoldEveryOperation() throws {
    let graphs = try [Texts.analog, Texts.spiking].map { try Graph(parsing: $0) }
    let used = Set(graphs.flatMap { $0.nodes.map(\.operation.mnemonic) })
    #expect(used == Set(Operation.all.map { $0.mnemonic }))
  }

  @Test(arguments: 0..<60, RandomSpikingGraph.Input.allCases)
  func randomGraphs(_ seed: UInt64, _ input: RandomSpikingGraph.Input) throws {
    let text = try RandomSpikingGraph(seed: seed, input).graph.whole
    #expect(sameBytes(try Graph(parsing: text).whole, text))
  }

  /// Names that are hard to write: each as a graph's, a node's, a constant's and a layer's.
  @Test(arguments: [
    "", " ", "%", "@", "\"", "\\", "\n", "\r\n", "\u{0}", "\u{7F}", "//", "a//b", "-", "1", "1e5",
    "input", "scale", "loc", "constant", "output", "naïve", "nai\u{308}ve", "🧠", "a b", "{}",
    "\u{200B}", "\u{FFFD}", "\u{10FFFF}", "x\u{301}",
  ])
  func oddNames(_ name: String) throws {
    var graph = Graph(name: name)
    let id = try graph.add(
      name, Input(), [], type: TensorType(.f32, [2]), origin: Origin([name, name + "2"]))
    let slope = graph.constants.add(name, Tensor([1], [0.5]))
    graph.outputs = [try graph.add(name, LeakyReLU(slope: slope), [id], origin: Origin(name))]
    let again = try Graph(parsing: graph.whole)
    #expect(sameBytes(again.whole, graph.whole))
    #expect(sameBytes(again.name, name) && again.node(named: name) != nil)
    #expect(sameBytes(again[again.outputs[0]].origin.description, name))
  }

  @Test func headerHoldsHistoryOnlyBesideWeights() throws {
    var graph = try Graph(parsing: "graph \"n\" {}\n%x = input : f32[1]\noutput %x")
    graph.history = ["canonicalize", "fold-batch-norm"]
    graph.timesteps = 12
    graph.facts = [.batchNormFolded]
    let text = graph.text(weights: "n \"1\".h5:003_x")
    #expect(
      text.hasPrefix(
        """
        graph "n" {weights="n \\"1\\".h5:003_x", passes=[canonicalize,fold-batch-norm], \
        timesteps=12, facts=[batch-norm-folded]}
        """))
    var reference: String?
    let again = try Graph(parsing: text) { weights in
      reference = weights
      return { _, shape, _ in Tensor(shape, [0]) }
    }
    #expect(reference == "n \"1\".h5:003_x")
    #expect(again.history == graph.history && again.timesteps == 12)
    #expect(try Graph(parsing: graph.text()).history.isEmpty)
  }

  @Test func largeConstantsAreDigested() throws {
    let text = "constant @c : f32[3] = [1, 2, 3]\n%x = input : f32[3]\n%r = leaky_relu %x"
    let graph = try Graph(
      parsing: "graph \"n\" {}\n" + text + " {slope=@c} : f32[3]\noutput %r")
    let short = graph.text(.values(upTo: 2))
    #expect(short.contains("constant @c : f32[3] digest \""))
    let again = try Graph(parsing: short) { _ in { _, shape, _ in Tensor(shape, [1, 2, 3]) } }
    #expect(again.whole == graph.whole)
    #expect(again.text(.values(upTo: 2)) == short)
    #expect(throws: Diagnostic.self) { try Graph(parsing: short) }
  }
}
