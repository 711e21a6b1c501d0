import Foundation
import HDF5
import SpikeExecution
import SpikeIR
import SpikeTargets
import TestSupport
import Testing

@testable import SpikeBackend

/// What a NIR file holds.
@Suite struct NIRTests {
  /// A convolution on `[3, 3, 2]`, a sum-pooling, and two classes; θ is 64 and 16.
  static let text = """
    graph "small" {timesteps=8, facts=[spiking, quantized]}
    constant @zero : f32[1] = [0]
    constant @one : f32[1] = [1]
    constant @w : i32[2x2x2x2] = [1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8]
    constant @theta : i32[2] = [256, 64]
    constant @start : i32[2] = [128, 0]
    constant @bias : i32[2] = [3, -5]
    constant @m : i32[2x8] = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17]
    constant @k : i32[2] = [6, -2]
    constant @unit : f32[2] = [0.5, 0.25]
    %x = input {values=byte} : f32[3x3x2] loc("image")
    %e = encode %x {coding=direct, offset=@zero, step=@one, high=255} : level[3x3x2]
    %c = conv2d %e {weight=@w, shift=1, stride=[1,1], padding=[0,0,0,0]} : current[2x2x2]
    %f = fire %c {threshold=@theta, start=@start, bias=@bias, fraction_bits=2} : spike[2x2x2]
    %r = reshape %f : spike[8]
    %d = dense %r {weight=@m} : current[2]
    %o = read_out %d {scale=@unit, bias=@k, fraction_bits=1, function=softmax} : f32[2]
    output %o
    """

  private func emitted(_ text: String, _ target: String) throws -> NIRNetwork {
    let graph = try Graph(parsing: text)
    return try NIRTarget(graph, target: .named(target), timesteps: 8).contents
  }

  private func field(_ network: NIRNetwork, _ type: String, _ name: String) throws
    -> NIRNetwork.Field
  {
    let node = try #require(network.nodes.first { $0.type == type })
    return try #require(node.fields.first { $0.name == name }?.value)
  }

  @Test func weightsAreChannelsFirstAndDividedByThresholds() throws {
    let network = try emitted(Self.text, "nir")
    // K · 2^shift · 2^F / θ: 8/256 and 8/64.
    let kernels: [Float] = [1, 3, 5, 7, 2, 4, 6, 8].map { $0 / 32 }
    let second: [Float] = [1, 3, 5, 7, 2, 4, 6, 8].map { -$0 / 8 }
    #expect(
      try field(network, "Conv2d", "weight") == .floats(kernels + second, shape: [2, 2, 2, 2]))
    #expect(try field(network, "Conv2d", "bias") == .floats([3 / 256, -5 / 64], shape: [2]))
    #expect(try field(network, "Conv2d", "input_shape") == .integers([3, 3], shape: [2]))
    // Columns in the order channel, row, column.
    let columns: [Float] = [0, 2, 4, 6, 1, 3, 5, 7]
    #expect(
      try field(network, "Affine", "weight")
        == .floats(columns + columns.map { $0 + 10 }, shape: [2, 8]))
    #expect(try field(network, "Affine", "bias") == .floats([3, -1], shape: [2]))
  }

  @Test func neuronsHaveThresholdOne() throws {
    let network = try emitted(Self.text, "nir")
    let ones = NIRNetwork.Field.floats([Float](repeating: 1, count: 8), shape: [2, 2, 2])
    #expect(try field(network, "IF", "r") == ones)
    #expect(try field(network, "IF", "v_threshold") == ones)
    let population = try #require(network.nodes.first { $0.type == "IF" })
    #expect(!population.fields.contains { $0.name == "v_reset" })
    let start = population.metadata.first { $0.name == "start" }?.value
    #expect(start == .floats([0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0], shape: [2, 2, 2]))
  }

  @Test func snnTorchGetsNeuronsThatDoNotLeak() throws {
    let text = Self.text.replacing(
      "fraction_bits=2}", with: "fraction_bits=2, reset=zero, fires_if=exceeded}")
    let network = try emitted(text, "snntorch")
    #expect(!network.nodes.contains { $0.type == "IF" })
    let tau = try field(network, "LIF", "tau")
    #expect(tau == .floats([Float](repeating: 1e6, count: 8), shape: [2, 2, 2]))
    // As the library computes them, in 32-bit floats: β is 1 and the input counts once.
    #expect(1 - Float(1e-4) / 1e6 == 1)
    #expect(Double(Float(1e10)) * 1e-4 / 1e6 == 1)
  }

  @Test func edgesFollowTheNetwork() throws {
    let network = try emitted(Self.text, "nir")
    #expect(network.nodes.map(\.type) == ["Input", "Conv2d", "IF", "Flatten", "Affine", "Output"])
    let names = network.nodes.map(\.name)
    #expect(names.first == "input" && names.last == "output")
    #expect(names.allSatisfy { !$0.contains("/") && !$0.contains(".") })
    #expect(network.edges.map(\.source) == Array(names.dropLast()))
    #expect(network.edges.map(\.target) == Array(names.dropFirst()))
  }

  @Test func aShortcutIsTwoEdges() throws {
    let text = Self.text.replacing(
      "%r = reshape %f",
      with: "%g = diagonal %f {weight=@k} : current[2x2x2]\n"
        + "%h = diagonal %f {weight=@k} : current[2x2x2]\n%s = add %g, %h : current[2x2x2]\n"
        + "%i = fire %s {threshold=@theta, start=@start} : spike[2x2x2]\n%r = reshape %i")
    let network = try emitted(text, "nir")
    let second = try #require(network.nodes.last { $0.type == "IF" })
    #expect(network.edges.count { $0.target == second.name } == 2)
    let shortcut = try #require(network.nodes.filter { $0.type == "Conv2d" }.dropFirst().first)
    let weight = shortcut.fields.first { $0.name == "weight" }?.value
    #expect(weight == .floats([6 / 256, 0, 0, -2 / 64], shape: [2, 2, 1, 1]))
  }

  @Test func theFileHoldsIt() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("net.nir").path
      try NIRTarget(Graph(parsing: Self.text), target: .named("nir"), timesteps: 8).write(to: path)
      let root = try HDF5File.open(path).root
      #expect(try root.dataset("version").readStrings() == ["1.0.8"])
      #expect(try root.dataset("node/type").readStrings() == ["NIRGraph"])
      #expect(try root.dataset("node/edges").shape == [5, 2])
      #expect(try root.dataset("node/nodes/input/shape").read(as: Int64.self) == [2, 3, 3])
      #expect(try root.dataset("node/metadata/timesteps").read(as: Int64.self) == [8])
      #expect(try root.dataset("node/metadata/target").readStrings() == ["nir"])
      #expect(try root.dataset("node/metadata/output_scale").read(as: Float.self) == [1, 0.5])
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files == ["net.nir"])
    }
  }

  @Test(arguments: [
    (
      "%r = reshape %f : spike[8]",
      "%t = transpose %f {permutation=[2,0,1]} : spike[2x2x2]\n%r = reshape %t : spike[8]",
      "reorder axes"
    ),
    (
      "%r = reshape %f : spike[8]",
      "%p = max_pool %f {kernel=[1,1], stride=[1,1]} : spike[2x2x2]\n%r = reshape %p : spike[8]",
      "max_pool"
    ),
    (
      "fraction_bits=2} : spike[2x2x2]\n%r = reshape %f : spike[8]",
      "fraction_bits=2, spikes=2} : level[2x2x2]\n%r = reshape %f : level[8]", "2 spikes at once"
    ),
    ("output %o", "output %o\noutput %o", "one output"),
    ("facts=[spiking, quantized]", "facts=[spiking]", "not been quantised"),
  ])
  func whatItCannotExpressIsSaid(_ old: String, _ new: String, _ says: String) throws {
    let refusal = #expect(throws: Diagnostic.self) {
      try emitted(Self.text.replacing(old, with: new), "nir")
    }
    #expect(refusal?.message.contains(says) == true)
  }
}
