import SpikeIR

/// The statements that code an input.
struct CEncoder {
  private let node: Node
  private let encode: Encode
  private let value: String
  private let offset: String
  private let stepSize: String
  private let timesteps: Int

  /// The statements for an encode node. Traps on any other.
  init(_ node: Node, _ plan: CPlan, _ weights: CWeights) {
    guard case .encode(let encode) = node.operation else {
      preconditionFailure("\(node.name) codes no input")
    }
    self.node = node
    self.encode = encode
    timesteps = plan.timesteps
    value = plan.value(node.id)
    func element(_ what: String, _ id: ConstantID) -> String {
      let count = plan.graph.constants[id].count
      let index =
        count == 1 ? "0" : count == node.type.count ? "i" : "i % \(count)"
      return "\(weights.name(node, what))[\(index)]"
    }
    offset = element("offset", encode.offset)
    stepSize = element("step", encode.step)
  }

  private func loop(_ statement: String) -> [String] {
    ["for (int32_t i = 0; i < \(node.type.count); ++i) {", "  \(statement)", "}"]
  }

  private var level: String {
    "spikec_direct((double)image[i], \(offset), \(stepSize), \(encode.low), \(encode.high))"
  }

  private var relative: String { "spikec_relative((double)image[i], \(offset), \(stepSize))" }

  /// The sum of the levels of all timesteps.
  var layerwise: [String] {
    switch encode.coding {
    case .direct: return loop("\(value)[i] = \(level) * \(timesteps);")
    case .rate: return loop("\(value)[i] = spikec_rate(\(relative), \(timesteps));")
    case .poisson:
      return [
        "for (int32_t i = 0; i < \(node.type.count); ++i) {",
        "  const double relative = \(relative);",
        "  int32_t count = 0;",
        "  for (int32_t t = 1; t <= \(timesteps); ++t) {",
        "    count += spikec_poisson(relative, UINT64_C(\(encode.seed)), state->sample, t, i);",
        "  }",
        "  \(value)[i] = count;",
        "}",
      ]
    }
  }

  /// Pipelined, once per image: the levels themselves, or the image for later.
  var begin: [String] {
    encode.coding == .direct
      ? loop("\(value)[i] = \(level);") : loop("state->relative[i] = \(relative);")
  }

  /// Pipelined, at every timestep.
  var step: [String] {
    switch encode.coding {
    case .direct: return []
    case .rate:
      return ["const int32_t t = state->timestep;"]
        + loop(
          "\(value)[i] = spikec_rate(state->relative[i], t) -"
            + " spikec_rate(state->relative[i], t - 1);")
    case .poisson:
      return loop(
        "\(value)[i] = spikec_poisson(state->relative[i], UINT64_C(\(encode.seed)),"
          + " state->sample, state->timestep, i);")
    }
  }
}
