import SpikeIR
import Testing

struct ScaleTests {
  /// A sum sets no scale, so nothing before it is asked: a hundred sums in a row, as residual
  /// networks have them, would else ask 2^100 times.
  @Test(.timeLimit(.minutes(1)))
  func sumsAskNothingOfWhatLiesBeforeThem() throws {
    var text = "graph \"net\" {}\n%s0 = input : f32[2]\n"
    for i in 1...100 { text += "%s\(i) = add %s\(i - 1), %s\(i - 1) : f32[2]\n" }
    let graph = try Graph(parsing: text + "output %s100\n")
    #expect(graph.scale(of: graph.outputs[0]) == .one)
  }
}
