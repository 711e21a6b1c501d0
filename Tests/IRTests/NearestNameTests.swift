import SpikeIR
import Testing

@Suite struct NearestNameTests {
  private let names = ["canonicalize", "fold-batch-norm", "hoist-relu", "split-signed"]

  @Test(arguments: [
    ("canonicalise", "canonicalize"), ("fold-batchnorm", "fold-batch-norm"),
    ("Hoist-ReLU", "hoist-relu"), ("hoistrelu", "hoist-relu"), ("split", nil), ("", nil),
    ("quantize-weights", nil), ("split-sigmed", "split-signed"),
  ])
  func suggestsSlipsOnly(_ name: String, _ expected: String?) {
    #expect(name.nearest(in: names) == expected)
  }

  @Test func hasNothingToSuggestFromNothing() { #expect("x".nearest(in: []) == nil) }

  @Test func longNamesTakeNoTime() {
    let long = String(repeating: "a", count: 100_000)
    #expect(long.nearest(in: [long + "b"]) != nil)
  }
}
