import SpikeIR

/// Neurons: populations, and integrators that are read out.
extension NirContext {
  /// The timestep, in seconds, that NIR's time constants are in where the user names none: that
  /// of snnTorch, and of NIR's own examples.
  static let standardTimeStep = 1e-4

  /// IF and LIF, stepped as NIR's readers step them (forward Euler), from v = 0:
  /// `v += dt/τ · (v_leak - v + R · I)` (IF: `v += R · I`, of one unit of time);
  /// `s = v > v_threshold`; `v = v_reset` where s.
  ///
  /// The membrane counts from v_reset. What multiplies I goes into the synapses.
  mutating func neurons(_ node: NirNode, _ terms: [NirSignal]) throws -> [NirSignal] {
    let total = try sum(terms, node)
    let dynamics = try dynamics(node, total)
    var signal = try scaled(total, by: dynamics.gain, node)
    let reset = try node.precise("v_reset").map { try spread($0, "v_reset", over: total, node) }
    let lowest = reset ?? [0]
    guard let threshold = try node.precise("v_threshold") else {
      throw node.diagnostic("has no 'v_threshold'")
    }
    let levels = try spread(threshold, "v_threshold", over: total, node)
    let count = max(levels.count, lowest.count)
    let distance = (0..<count).map { levels[$0 % levels.count] - lowest[$0 % lowest.count] }
    guard distance.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw node.diagnostic("its v_threshold does not lie above its v_reset everywhere")
    }
    // The leak pulls towards v_leak, seen from v_reset.
    let pull = dynamics.leak
    if dynamics.decay != 1 {
      let number = max(pull.count, lowest.count)
      let drift = (0..<number).map {
        Float((1 - dynamics.decay) * (pull[$0 % pull.count] - lowest[$0 % lowest.count]))
      }
      signal.bias = plus(signal.bias, drift, type(signal))
    }
    let neuron = Neuron(reset: .zero, comparison: .exceeded, decay: dynamics.decay)
    let start = try node.start().map { try spread($0, "start", over: total, node) }
    let fire = Fire(
      threshold: constant("threshold", distance, signal),
      start: constant("start", maker.neuron == nil ? lowest.map { -$0 } : start ?? [0], signal),
      bias: biasConstant(signal, "bias"), neuron: maker.neuron ?? neuron)
    let result = try builder.add("", fire, signal.value.node)
    return [NirSignal(value: Value(node: result, layout: signal.value.layout))]
  }

  /// What a neuron's membrane does with its input.
  private struct Dynamics {
    /// What is left of v after a timestep.
    var decay = 1.0
    /// What a unit of I adds to v.
    var gain = Scale.one
    /// v_leak.
    var leak = [0.0]
  }

  private func dynamics(_ node: NirNode, _ signal: NirSignal) throws -> Dynamics {
    let r = try spread(node.precise("r") ?? ([1], [1]), "r", over: signal, node)
    guard let tau = try node.precise("tau") else {
      return Dynamics(gain: try gain(r, node, signal))
    }
    let step = timeStep ?? NirContext.standardTimeStep
    let constants = try spread(tau, "tau", over: signal, node)
    guard constants.allSatisfy({ $0 >= step }) else {
      throw node.diagnostic(
        "its tau is shorter than a timestep of \(step) s",
        notes: ["give the length of a timestep: --time-step SECONDS"])
    }
    let decays = Set(constants.map { Float(1 - step / $0) })
    guard decays.count == 1, let decay = decays.first else {
      throw node.diagnostic(
        "its neurons leak differently (tau differs), which a population's do not")
    }
    guard decay > 0 else {
      throw node.diagnostic("forgets everything within a timestep: its tau is that long")
    }
    let count = max(r.count, constants.count)
    let gains = (0..<count).map { i -> Double in
      let (r, tau) = (r[i % r.count], constants[i % constants.count])
      // snnTorch writes beta = 1 as tau and r = tau / dt, both infinite.
      return r.isInfinite && tau.isInfinite ? 1 : r * step / tau
    }
    let leak = try node.precise("v_leak").map { try spread($0, "v_leak", over: signal, node) }
    return Dynamics(
      decay: Double(decay), gain: try gain(gains, node, signal), leak: leak ?? [0])
  }

  /// Factors of a current, as precise as weights are.
  private func gain(_ values: [Double], _ node: NirNode, _ signal: NirSignal) throws -> Scale {
    let factors = values.map { Float($0) }
    guard factors.allSatisfy(\.isFinite) else {
      throw node.diagnostic("its r and tau give a gain that is no finite number")
    }
    return Scale(factors).simplified(type(signal))
  }

  private func plus(_ bias: Scale?, _ drift: [Float], _ type: TensorType) -> Scale? {
    let (old, new) = ((bias ?? Scale([0])).perElement(type), Scale(drift).perElement(type))
    return Scale(zip(old, new).map { $0 + $1 }).simplified(type)
  }

  private mutating func constant(_ name: String, _ values: [Double], _ signal: NirSignal)
    -> ConstantID
  {
    let scale = Scale(values.map { Float($0) }).simplified(type(signal))
    return builder.constant(name, scale.shape(type(signal)), scale.values)
  }

  /// I and LI: what they integrate is read out. Only at the end of a network, since their value is
  /// no spike, and without a leak, since a read-out has none.
  mutating func integrator(_ node: NirNode, _ terms: [NirSignal]) throws -> [NirSignal] {
    let total = try sum(terms, node)
    let dynamics = try dynamics(node, total)
    guard dynamics.decay == 1 else {
      throw node.diagnostic(
        "an LI that leaks (\(dynamics.decay) of v is left after a timestep); a read-out adds up",
        notes: ["take LI out: the last Affine is then read out as the mean over time"])
    }
    return [try scaled(total, by: dynamics.gain, node)]
  }
}
