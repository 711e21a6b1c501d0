import SpikeIR

/// The statements that code an input.
struct CEncoder {
  private let node: Node
  private let encode: Encode
  private let value: String
  private let offset: String
  private let stepSize: String
  private let type: CType
  /// The timesteps that the value is the sum of.
  private let timesteps: Int
  private let isImage: Bool
  private let seed: String
  private let kept: String

  /// The statements for an encode node. Traps on any other.
  init(_ node: Node, _ plan: CPlan, _ weights: CWeights) {
    guard case .encode(let encode) = node.operation else {
      preconditionFailure("\(node.name) codes no input")
    }
    self.node = node
    self.encode = encode
    type = plan.types[node.id]
    timesteps = plan.constants.contains(node.id) ? 1 : plan.timesteps
    isImage = CEncoder.isImage(encode, node, plan)
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

  /// Whether the levels are the raw bytes themselves.
  private static func isImage(_ encode: Encode, _ node: Node, _ plan: CPlan) -> Bool {
    guard case .input(let input) = plan.graph[node.operands[0]].operation, input.values == .byte,
      encode.coding == .direct, plan.constants.contains(node.id), plan.types[node.id] == .u8
    else { return false }
    let constants = plan.graph.constants
    return encode.low == 0 && encode.high == 255
      && constants[encode.offset].floats.allSatisfy { $0 == 0 }
      && constants[encode.step].floats.allSatisfy { $0 == 1 }
  }

  /// Writes a number of 32 bits as an element of the value.
  private func store(_ number: String) -> String {
    type == .i32 ? "\(value)[i] = \(number);" : "\(value)[i] = (\(type.name))(\(number));"
  }

  private func loop(_ statement: String) -> [String] {
    ["for (int32_t i = 0; i < \(node.type.count); ++i) {", "  \(statement)", "}"]
  }

  private var level: String {
    "spikec_direct((double)image[i], \(offset), \(stepSize), \(encode.low), \(encode.high))"
  }

  private var relative: String { "spikec_relative((double)image[i], \(offset), \(stepSize))" }

  /// The levels of a directly coded image, or their sum over all timesteps.
  private var levels: [String] {
    if isImage { return ["spikec_copy_u8(image, \(value), \(node.type.count));"] }
    return loop(store(timesteps == 1 ? level : "\(level) * \(timesteps)"))
  }

  /// The sum of the levels of all timesteps, or the level of each of them.
  var layerwise: [String] {
    switch encode.coding {
    case .direct: return levels
    case .rate: return loop(store("spikec_rate(\(relative), \(timesteps))"))
    case .poisson:
      return [
        "for (int32_t i = 0; i < \(node.type.count); ++i) {",
        "  const double relative = \(relative);",
        "  int32_t count = 0;",
        "  for (int32_t t = 1; t <= \(timesteps); ++t) {",
        "    count += spikec_poisson(relative, \(seed), state->sample, t, i);",
        "  }",
        "  \(store("count"))",
        "}",
      ]
    }
  }

  /// Pipelined, once per image: the levels themselves, or the image for later.
  var begin: [String] {
    encode.coding == .direct ? levels : loop("\(kept)[i] = \(relative);")
  }

  /// The timestep `t` of a block, counted from the image's first.
  private var now: String { "const int32_t now = state->timestep - steps + 1 + t;" }

  /// Pipelined, at every timestep.
  var step: [String] {
    switch encode.coding {
    case .direct: return []
    case .rate:
      return [now]
        + loop(store("spikec_rate(\(kept)[i], now) - spikec_rate(\(kept)[i], now - 1)"))
    case .poisson:
      return [now] + loop(store("spikec_poisson(\(kept)[i], \(seed), state->sample, now, i)"))
    }
  }

  /// Pipelined: the levels of a timestep as they come, of which there is one.
  var events: [String] { loop(store("levels[i]")) }
}
