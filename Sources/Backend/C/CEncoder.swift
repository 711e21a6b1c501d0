import SpikeIR

/// The statements that code an input.
struct CEncoder {
  private let node: Node
  private let encode: Encode
  private let value: String
  private let offset: String
  private let stepSize: String
  private let timesteps: Int
  private let seed: String
  private let kept: String

  /// The statements for an encode node. Traps on any other.
  init(_ node: Node, _ plan: CPlan, _ weights: CWeights) {
    guard case .encode(let encode) = node.operation else {
      preconditionFailure("\(node.name) codes no input")
    }
    self.node = node
    self.encode = encode
    timesteps = plan.timesteps
    seed = "UINT64_C(\(UInt64(bitPattern: Int64(encode.seed))))"
    kept = encode.coding == .direct ? "" : plan.schedule == .pipelined ? plan.relative(node.id) : ""
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
        "    count += spikec_poisson(relative, \(seed), state->sample, t, i);",
        "  }",
        "  \(value)[i] = count;",
        "}",
      ]
    }
  }

  /// Pipelined, once per image: the levels themselves, or the image for later.
  var begin: [String] {
    encode.coding == .direct
      ? loop("\(value)[i] = \(level);") : loop("\(kept)[i] = \(relative);")
  }

  /// Pipelined, at every timestep.
  var step: [String] {
    switch encode.coding {
    case .direct: return []
    case .rate:
      return loop(
        "\(value)[i] = spikec_rate(\(kept)[i], state->timestep) -"
          + " spikec_rate(\(kept)[i], state->timestep - 1);")
    case .poisson:
      return loop(
        "\(value)[i] ="
          + " spikec_poisson(\(kept)[i], \(seed), state->sample, state->timestep, i);")
    }
  }
}
