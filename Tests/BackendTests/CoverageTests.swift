import Foundation
import SpikeIR
import TestSupport
import Testing

/// What the random graphs of `SpikeForSpikeTests` consist of: every operation of the spiking
/// stage, on every element type that it takes, in every geometry that the kernels tell apart.
@Suite struct CoverageTests {
  private static let analog: Set = [
    "batch_norm", "relu", "leaky_relu", "activation", "average_pool",
  ]

  /// Everything about a node that the emitted C treats differently.
  private func features(_ node: Node, _ graph: Graph) -> [String] {
    let name = node.operation.mnemonic
    let elements = Set(node.operands.map { graph[$0].type.element })
    var list = [name, "\(name) of \(elements.map(\.rawValue).sorted().joined(separator: "+"))"]
    switch node.operation {
    case .conv2d(let conv):
      let kernel = graph.constants[conv.weight].shape
      let inputs = graph[node.operands[0]].type.channels
      if conv.groups > 1 { list.append("conv2d in groups") }
      if conv.groups == inputs { list.append("conv2d by depth") }
      if conv.dilation != [1, 1] { list.append("conv2d with dilation") }
      if conv.shift > 0 { list.append("conv2d with shift") }
      if conv.stride != [1, 1] { list.append("conv2d with stride") }
      if kernel[1...2].allSatisfy({ $0 == 1 }) && conv.stride == [2, 2] {
        list.append("conv2d that passes over inputs")
      }
      if kernel[0] != inputs { list.append("conv2d to other channels") }
    case .concat(let concat): list.append("concat along \(concat.axis)")
    case .fire(let fire):
      list.append("fire with \(fire.fractionBits) fraction bits")
      if graph.constants[fire.threshold].count == 1 { list.append("fire with one threshold") }
      if graph.constants[fire.threshold].count > node.type.channels {
        list.append("fire with a threshold each")
      }
    case .encode(let encode): list.append("encode \(encode.coding)")
    default: break
    }
    return list
  }

  private static let everything = """
    input, encode direct, encode rate, encode poisson, conv2d of level, conv2d of spike,
    conv2d in groups, conv2d by depth, conv2d with dilation, conv2d with shift,
    conv2d with stride, conv2d that passes over inputs, conv2d to other channels,
    dense of level, dense of spike, diagonal of level, diagonal of spike, max_pool of level,
    max_pool of spike, sum_pool of current, sum_pool of level, sum_pool of spike,
    add of current, concat along 0, concat along 1, concat along 2, concat of current,
    concat of level+spike, concat of spike, reshape of current, reshape of level,
    reshape of spike, transpose of current, transpose of spike, pad of current, pad of level,
    pad of spike, fire of current, fire with 0 fraction bits, fire with 2 fraction bits,
    fire with one threshold, fire with a threshold each, read_out of current, decode of level,
    decode of spike
    """.replacing("\n", with: " ").components(separatedBy: ", ")

  private func covered(by seeds: some Sequence<UInt64>) throws -> Set<String> {
    try seeds.reduce(into: []) { covered, seed in
      let graph = try SpikeForSpikeTests.graph(seed)
      covered.formUnion(graph.nodes.flatMap { features($0, graph) })
    }
  }

  @Test func randomGraphsHoldEverything() throws {
    let missing = Set(Self.everything).subtracting(try covered(by: SpikeForSpikeTests.seeds))
    #expect(missing == [])
  }

  /// An operation that is added to the IR is analog, or has to be added to the random graphs.
  @Test(arguments: Toolchain.all) func toolchainSeesEveryOperation(_ toolchain: Toolchain) throws {
    let all = Set(Operation.all.map { $0.mnemonic })
    #expect(Self.analog.isSubset(of: all))
    let seen = try covered(by: SpikeForSpikeTests.seeds(of: toolchain))
    #expect(all.subtracting(Self.analog).subtracting(seen) == [])
  }

  /// Without a compiler the tests of this module fail; this one says why.
  @Test(arguments: ["gcc", "clang", "clang++", "make"]) func isInstalled(_ tool: String) throws {
    try withTemporaryFolder { folder in
      let result = try ProcessResult([tool, "--version"], in: folder)
      #expect(result.status == 0, "\(tool) is needed to test the emitted C: \(result.error)")
    }
  }
}
