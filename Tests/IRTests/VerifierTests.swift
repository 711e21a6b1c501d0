import SpikeIR
import TestSupport
import Testing

@Suite struct VerifierTests {
  /// A graph with one thing wrong, and what is said of it.
  struct Broken: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let make: @Sendable () throws -> Graph

    init(_ message: String, _ make: @escaping @Sendable () throws -> Graph) {
      (testDescription, self.make) = (message, make)
    }

    init(_ message: String, _ lines: String, input: String = "f32[2x2x1]") {
      self.init(message) {
        try Graph(parsing: "graph \"n\" {}\n%x = input : \(input)\n" + lines)
      }
    }
  }

  static let broken = [
    Broken("the graph has no output", ""),
    Broken("an output is not a node of the graph") {
      var graph = try Graph(input: [1])
      let dead = try graph.append("r", ReLU())
      graph.outputs = [graph.inputs[0]]
      graph.removeDeadNodes()
      graph.outputs = [dead]
      return graph
    },
    Broken("%r takes a value that is not defined before it") {
      var graph = try Graph(input: [1])
      let first = try graph.append("r", ReLU())
      graph[first].operands = [try graph.append("s", ReLU())]
      return graph
    },
    Broken("%l names a slope that does not exist") {
      var graph = try Graph(input: [1])
      let slope = graph.constant([1], [0.5])
      let id = try graph.append("l", LeakyReLU(slope: slope))
      graph[id].operation = .leakyRelu(LeakyReLU(slope: ConstantID(rawValue: 7)))
      return graph
    },
    Broken("@c holds NaN or infinity") {
      var graph = try Graph(input: [1])
      let slope = graph.constant([1], [.nan])
      try graph.append("l", LeakyReLU(slope: slope))
      return graph
    },
    Broken("%r is declared as f32[3], its operands give f32[1]") {
      var graph = try Graph(input: [1])
      let id = try graph.append("r", ReLU())
      graph[id].type = TensorType(.f32, [3])
      return graph
    },
    Broken("the scale of %r must be positive and fit f32[2]") {
      var graph = try Graph(input: [2])
      let id = try graph.append("r", ReLU())
      graph[id].scale = graph.constant([2], [1, 0])
      return graph
    },
    Broken("the scale of %r must be positive and fit f32[2]") {
      var graph = try Graph(input: [2])
      let id = try graph.append("r", ReLU())
      graph[id].scale = graph.constant([3], [1, 1, 1])
      return graph
    },
    Broken("the operands of add differ", "%f = reshape %x : f32[4]\n%a = add %x, %f : f32[4]\n"),
    Broken("add takes analog values or currents", spikes + "%a = add %e, %e : level[2x2x1]\n"),
    Broken("a synapse takes spikes, levels or analog values", spikes + current + currentOfCurrent),
    Broken(
      "a population takes currents, not level",
      spikes + "%f = fire %e {threshold=@c, start=@c} : spike[2x2x1]"),
    Broken(
      "max_pool takes no currents",
      spikes + current + "%p = max_pool %d {kernel=[1,1], stride=[1,1]} : current[2x2x1]"),
    Broken(
      "encode takes analog values",
      spikes + "%g = encode %e {coding=direct, offset=@c, step=@c} : level[2x2x1]"),
    Broken(
      "decode takes spikes or levels", spikes + current + "%o = decode %d {scale=@c} : f32[2x2x1]"),
    Broken(
      "a bias in the spiking stage belongs to the population",
      spikes + "%d = diagonal %e {weight=@c, bias=@c} : current[2x2x1]"),
    Broken(
      "an analog synapse has no shift", one + "%d = diagonal %x {weight=@c, shift=1} : f32[2x2x1]"),
    Broken(
      "fraction_bits is 0 to 16",
      spikes + current + "%f = fire %d {threshold=@c, start=@c, fraction_bits=17} : spike[2x2x1]"),
    Broken(
      "a threshold must be above 0",
      spikes + current
        + "constant @z : f32[1] = [0]\n%f = fire %d {threshold=@z, start=@c} : spike[2x2x1]"),
    Broken(
      "levels lie between",
      one + "%e = encode %x {coding=direct, offset=@c, step=@c, low=5, high=5} : level[2x2x1]"),
    Broken("the ceiling must be above 0", "%r = relu %x {ceiling=-1} : f32[2x2x1]"),
    Broken(
      "does not fit an operand of 1 channels",
      "constant @w : f32[1x1x1x2] = [1, 1]\n%c = conv2d %x {weight=@w, stride=[1,1], padding=[0,0,0,0]} : f32[2x2x1]"
    ),
    Broken(
      "with 1099511627775 groups does not fit",
      "constant @w : f32[1x1x1x65536] = seeded(1)\n%c = conv2d %x {weight=@w, stride=[1,1], padding=[0,0,0,0], groups=1099511627775} : f32[2x2x1]"
    ),
    Broken(
      "a window of 3 does not fit into 2 elements",
      "%p = max_pool %x {kernel=[3,1], stride=[1,1]} : f32[2x2x1]"),
    Broken(
      "lies wholly in the padding",
      "%p = max_pool %x {kernel=[1,1], stride=[1,1], padding=[1,0,0,0]} : f32[3x2x1]"),
    Broken("must be positive", "%p = max_pool %x {kernel=[1,1], stride=[0,1]} : f32[2x2x1]"),
    Broken("is no permutation", "%t = transpose %x {permutation=[0,1,1]} : f32[2x2x1]"),
    Broken("axis 3 is out of range", "%j = concat %x, %x {axis=3} : f32[2x2x1]"),
    Broken("keeps the number of elements", "%f = reshape %x : f32[5]"),
    Broken(
      "does not fit f32[2x2x1]",
      "constant @m : f32[1x4] = [1,1,1,1]\n%d = dense %x {weight=@m} : f32[1]"),
  ]

  private static let one = "constant @c : f32[1] = [1]\n"
  private static let spikes =
    one + "%e = encode %x {coding=direct, offset=@c, step=@c} : level[2x2x1]\n"
  private static let current = "%d = diagonal %e {weight=@c} : current[2x2x1]\n"
  private static let currentOfCurrent = "%dd = diagonal %d {weight=@c} : current[2x2x1]\n"

  @Test(arguments: broken) func refuses(_ broken: Broken) {
    let diagnostic = #expect(throws: Diagnostic.self) { try broken.make().verify() }
    let message = diagnostic?.message ?? ""
    #expect(message.contains(broken.testDescription), "\(message)")
  }
}
