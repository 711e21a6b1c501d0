import SpikeIR
import TestSupport
import Testing

/// Every fact has graphs of which it holds, and graphs of which it is claimed in vain.
@Suite struct FactTests {
  private static let constants = """
    constant @c : f32[1] = [1]
    constant @i : i32[1] = [1]
    constant @big : i32[1] = [2147483647]
    %x = input : f32[2x2x1]

    """
  private static let conv = "{weight=@w, stride=[1,1], padding=[0,0,0,0]} : f32[2x2x1]\n"
  private static let linear =
    "constant @w : f32[1x1x1x1] = [1]\n%a = conv2d %x " + conv
  private static let spikes =
    "%e = encode %x {coding=direct, offset=@c, step=@c} : level[2x2x1]\n"
  private static let exact = spikes + "%d = diagonal %e {weight=@i} : current[2x2x1]\n"
  private static let counted = "%o = read_out %d {scale=@c} : f32[2x2x1]\noutput %o"

  static let contradicted: [(fact: Fact, lines: String, message: String)] = [
    (
      .batchNormFolded,
      "%b = batch_norm %x {mean=@c, variance=@c, epsilon=0.1} : f32[2x2x1]\noutput %b",
      "is a batch_norm"
    ),
    (
      .averagePoolingAbsorbed,
      "%p = average_pool %x {kernel=[1,1], stride=[1,1]} : f32[2x2x1]\noutput %p",
      "is an average_pool"
    ),
    (.currentsNormalized, "%r = relu %x : f32[2x2x1]\noutput %r", "has no scale"),
    (
      .currentsNormalized,
      spikes
        + "%d = diagonal %e {weight=@c} : current[2x2x1]\n%f = fire %d {threshold=@c, start=@c} : spike[2x2x1]\n%o = decode %f {scale=@c} : f32[2x2x1]\noutput %o",
      "has no scale"
    ),
    (
      .currentsResolved, "%l = leaky_relu %x {slope=@c} : f32[2x2x1]\noutput %l",
      "gives values with a sign"
    ),
    (
      .currentsResolved, linear + "%b = conv2d %a " + conv + "output %b",
      "%b takes what spikes can carry"
    ),
    (
      .currentsResolved,
      linear + "%r = relu %a : f32[2x2x1]\n%s = add %r, %a : f32[2x2x1]\noutput %s",
      "is used more than once"
    ),
    (
      .currentsResolved, linear + "%s = add %a, %a : f32[2x2x1]\noutput %s",
      "is used more than once"
    ),
    (
      .currentsResolved, linear + "%r = relu %a : f32[2x2x1]\noutput %r\noutput %a",
      "is used more than once"
    ),
    (
      .currentsResolved,
      linear + "%p = max_pool %a {kernel=[1,1], stride=[1,1]} : f32[2x2x1]\noutput %p",
      "%p takes what spikes can carry"
    ),
    (
      .currentsResolved,
      linear + "%p = pad %a {padding=[0,0,0,0]} : f32[2x2x1]\n%b = conv2d %p " + conv + "output %b",
      "%p is a current, but %b"
    ),
    (
      .currentsResolved, linear + "%j = concat %a, %x {axis=2} : f32[2x2x2]\noutput %j",
      "%a is a current, but %j"
    ),
    (
      .currentsResolved,
      exact
        + "%s = add %d, %d : current[2x2x1]\n%o = read_out %s {scale=@c} : f32[2x2x1]\noutput %o",
      "is used more than once"
    ),
    (.spiking, "%r = relu %x : f32[2x2x1]\noutput %r", "belongs to the analog stage"),
    (.spiking, linear + "output %a", "gives analog values"),
    (.spiking, "output %x", "is analog, and an output"),
    (
      .spiking,
      exact
        + "%o = read_out %d {scale=@c} : f32[2x2x1]\n%g = encode %o {coding=direct, offset=@c, step=@c} : level[2x2x1]\n%q = decode %g {scale=@c} : f32[2x2x1]\noutput %q",
      "encodes what is no input"
    ),
    (
      .quantized, spikes + "%d = diagonal %e {weight=@c} : current[2x2x1]\n" + counted,
      "has a weight that is no integer"
    ),
    (.quantized, "%r = relu %x : f32[2x2x1]\noutput %r", "belongs to the analog stage"),
    (
      .quantized, spikes + "%d = diagonal %e {weight=@big, shift=1} : current[2x2x1]\n" + counted,
      "beyond 32 bits"
    ),
    (
      .quantized,
      exact
        + "%s = sum_pool %d {kernel=[1048576,1048576], stride=[1048576,1048576], padding=[1048575,1048575,1048575,1048575]} : current[2x2x1]\n%o = read_out %s {scale=@c} : f32[2x2x1]\noutput %o",
      "beyond 32 bits"
    ),
  ]

  private func parse(_ facts: [Fact], _ lines: String, timesteps: String = "timesteps=64, ") throws
    -> Graph
  {
    let names = facts.map(\.rawValue).joined(separator: ",")
    return try Graph(
      parsing: "graph \"n\" {\(timesteps)facts=[\(names)]}\n" + Self.constants + lines)
  }

  @Test(arguments: contradicted.indices) func isRefused(_ index: Int) throws {
    let (fact, lines, message) = Self.contradicted[index]
    _ = try parse([], lines)
    let diagnostic = #expect(throws: Diagnostic.self) { try parse([fact], lines) }
    let text = diagnostic?.message ?? ""
    #expect(text.contains(message), "\(text)")
  }

  @Test func everyFactCanFail() {
    #expect(Set(Self.contradicted.map(\.fact)) == Set(Fact.allCases))
  }

  @Test func allHoldTogether() throws {
    let lines = Self.exact + "%f = fire %d {threshold=@i, start=@i} : spike[2x2x1] scale @c\n"
    let graph = try parse(
      Fact.allCases, lines + "%o = decode %f {scale=@c} : f32[2x2x1]\noutput %o")
    #expect(graph.facts == Set(Fact.allCases))
  }

  @Test func quantisedGraphsStateTheirTimesteps() throws {
    let diagnostic = #expect(throws: Diagnostic.self) {
      try parse([.quantized], Self.exact + Self.counted, timesteps: "")
    }
    #expect(diagnostic?.message == "a quantised graph states its timesteps")
  }

  /// Linear values that reach their one user through structure; a scaled input with two users.
  @Test(arguments: [
    linear
      + "%t = transpose %a {permutation=[1,0,2]} : f32[2x2x1]\n%r = relu %t : f32[2x2x1]\noutput %r",
    linear + "%b = conv2d %x " + conv + "%j = concat %a, %b {axis=2} : f32[2x2x2]\noutput %j",
    "%n = diagonal %x {weight=@c} : f32[2x2x1]\n%r = relu %n : f32[2x2x1]\n%s = add %n, %r : f32[2x2x1]\noutput %s",
  ])
  func currentsThatAreResolved(_ lines: String) throws {
    #expect(try parse([.currentsResolved], lines).facts == [.currentsResolved])
  }
}
