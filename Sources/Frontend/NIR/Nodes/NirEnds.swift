import SpikeIR

/// Where values enter and leave the network.
extension NirContext {
  /// Levels that are not known from data: whole numbers within a byte, either sign.
  private static let most = 255

  /// An input, whose numbers go in as they are: `code-input` says otherwise. That of a nested graph
  /// passes on what it gets.
  mutating func input(_ node: NirNode, _ terms: [NirSignal]) throws -> [NirSignal] {
    guard terms.isEmpty else { return terms }
    let shape = try node.integers("shape")
    guard (1...4).contains(shape.count) else {
      throw node.diagnostic("has shape \(shape), expected 1 to 4 extents")
    }
    if let described = try describedInput(shape) { return [described] }
    let input = try builder.add("", Input(), shape: shape)
    let offset = builder.constant("offset", [1], [0])
    let step = builder.constant("step", [1], [1])
    let spikes = try builder.add(
      "spikes",
      Encode(.direct, offset: offset, step: step, low: -NirContext.most, high: NirContext.most),
      input)
    return [NirSignal(value: Value(node: spikes, layout: .plain(shape.count)))]
  }

  /// An output: the mean over time of spikes, times what they stand for, or of currents.
  mutating func output(_ node: NirNode, _ terms: [NirSignal]) throws -> NodeID {
    if terms.count == 1, !isCurrent(terms[0]) {
      let signal = try plain(terms[0])
      let unit = signal.factor.multiplied(by: outputUnit(signal), type(signal))
      let scale = builder.constant("unit", unit.shape(type(signal)), unit.values)
      return try builder.add("", Decode(scale: scale), signal.value.node)
    }
    let signal = try plain(sum(terms, node))
    let bias = biasConstant(signal, "bias")
    let unit = outputUnit(signal)
    let scale = builder.constant("unit", unit.shape(type(signal)), unit.values)
    return try builder.add("", ReadOut(scale: scale, bias: bias), signal.value.node)
  }

  /// What a unit of an output is worth: 1 where the file does not say.
  private func outputUnit(_ signal: NirSignal) -> Scale {
    guard let scale = maker.outputScale,
      [1, type(signal).channels, type(signal).count].contains(scale.count)
    else { return .one }
    return Scale(scale.floats).simplified(type(signal))
  }

  /// The bias of a current as a constant; nil where it is 0.
  mutating func biasConstant(_ signal: NirSignal, _ name: String) -> ConstantID? {
    guard let bias = signal.bias?.simplified(type(signal)),
      bias.values.contains(where: { $0 != 0 })
    else { return nil }
    return builder.constant(name, bias.shape(type(signal)), bias.values)
  }
}
