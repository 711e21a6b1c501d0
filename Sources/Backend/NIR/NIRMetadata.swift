import SpikeIR
import SpikeTargets

/// What a NIR file says of itself, for `python/spikec_nir` and for people.
struct NIRMetadata {
  let fields: [(name: String, value: NIRNetwork.Field)]

  init(_ graph: Graph, _ target: Target, _ timesteps: Int) {
    var fields: [(String, NIRNetwork.Field)] = [
      ("producer", .text("spikec")), ("network", .text(graph.name)),
      ("target", .text(target.name)), ("timesteps", .integers([timesteps], shape: [])),
    ]
    for node in graph.nodes {
      switch node.operation {
      case .encode(let encode):
        fields += NIRMetadata.coding(encode, node, graph)
      case .readOut(let readOut):
        // The file's currents are in units of 2^fractionBits accumulator units.
        let unit = Float(1 << readOut.fractionBits)
        let scale = graph.constants[readOut.scale].floats.map { $0 * unit }
        fields += NIRMetadata.output("membrane", scale, readOut.function)
      case .decode(let decode):
        fields += NIRMetadata.output(
          "spikes", graph.constants[decode.scale].floats, decode.function)
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .fire:
        break
      }
    }
    self.fields = fields
  }

  private static func coding(_ encode: Encode, _ node: Node, _ graph: Graph) -> [(
    String, NIRNetwork.Field
  )] {
    func numbers(_ id: ConstantID) -> NIRNetwork.Field {
      let values = Scale(graph.constants[id].floats).perElement(node.type)
      return .floats(values, shape: node.type.shape)
    }
    return [
      ("input_coding", .text(encode.coding.rawValue)), ("input_offset", numbers(encode.offset)),
      ("input_step", numbers(encode.step)), ("input_low", .integers([encode.low], shape: [])),
      ("input_high", .integers([encode.high], shape: [])),
      ("input_seed", .integers([encode.seed], shape: [])),
    ]
  }

  private static func output(
    _ kind: String, _ scale: [Float], _ function: Activation.Function?
  ) -> [(String, NIRNetwork.Field)] {
    [
      ("output", .text(kind)), ("output_scale", .floats(scale, shape: [scale.count])),
      ("output_function", .text(function?.rawValue ?? "none")),
    ]
  }
}
