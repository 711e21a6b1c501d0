import SpikeIR

/// Codes an input sample into levels and spikes over time, as `Encode` defines it.
struct SpikeEncoder: Sendable {
  private let encode: Encode
  private let offset: [Float]
  private let step: [Float]

  init(_ encode: Encode, _ graph: Graph) {
    self.encode = encode
    offset = graph.constants[encode.offset].floats
    step = graph.constants[encode.step].floats
  }

  /// Whether the level is the same at every timestep.
  var isConstant: Bool { encode.coding == .direct }

  /// The level of element `i` of value `x` at timestep `t`, counted from 1.
  func level(_ x: Float, _ i: Int, at t: Int, sample: Int) -> Double {
    switch encode.coding {
    case .direct: return direct(x, i)
    case .rate: return rateCount(x, i, upTo: t) - rateCount(x, i, upTo: t - 1)
    case .poisson: return poissonSpike(x, i, at: t, sample: sample) ? 1 : 0
    }
  }

  /// The sum of the levels of timesteps 1 to `timesteps`.
  func count(_ x: Float, _ i: Int, timesteps: Int, sample: Int) -> Double {
    switch encode.coding {
    case .direct: return direct(x, i) * Double(timesteps)
    case .rate: return rateCount(x, i, upTo: timesteps)
    case .poisson:
      return (1...timesteps).reduce(0) {
        $0 + (poissonSpike(x, i, at: $1, sample: sample) ? 1 : 0)
      }
    }
  }

  private func relative(_ x: Float, _ i: Int) -> Double {
    (Double(x) - Double(offset[i % offset.count])) / Double(step[i % step.count])
  }

  /// v; 0 for a NaN.
  private func rate(_ x: Float, _ i: Int) -> Double {
    let value = relative(x, i)
    return value > 0 ? min(value, 1) : 0
  }

  private func direct(_ x: Float, _ i: Int) -> Double {
    let level = (relative(x, i) + 0.5).rounded(.down)
    // Compared so that a NaN counts as the lowest level.
    return level > Double(encode.low) ? min(level, Double(encode.high)) : Double(encode.low)
  }

  private func rateCount(_ x: Float, _ i: Int, upTo t: Int) -> Double {
    (rate(x, i) * Double(t)).rounded(.down)
  }

  private func poissonSpike(_ x: Float, _ i: Int, at t: Int, sample: Int) -> Bool {
    var hash = mix(UInt64(bitPattern: Int64(encode.seed)) ^ UInt64(sample))
    hash = mix(hash ^ UInt64(t))
    hash = mix(hash ^ UInt64(i))
    return Double(hash >> 11) < rate(x, i) * 9007199254740992
  }

  /// The finaliser of splitmix64 (Steele, Lea and Flood 2014), one step ahead of `x`.
  private func mix(_ x: UInt64) -> UInt64 {
    var z = x &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
