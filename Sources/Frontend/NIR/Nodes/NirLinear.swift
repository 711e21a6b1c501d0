import SpikeIR

/// Nodes with weights: what they give is linear in what they take.
extension NirContext {
  /// Applies a linear node to each summand of what it takes; its bias goes to the first.
  mutating func linear(
    _ node: NirNode, _ terms: [NirSignal],
    _ apply: (inout NirContext, NirNode, NirSignal) throws -> NirSignal
  ) throws -> [NirSignal] {
    var results: [NirSignal] = []
    for term in terms {
      try checkDrives(term, node)
      results.append(try apply(&self, node, term))
    }
    guard node.has("bias") else { return results }
    let bias = try node.numbers("bias")
    let channels = shape(results[0])[0]
    guard bias.count == channels else {
      throw node.diagnostic("its bias has \(bias.count) numbers for \(channels) outputs")
    }
    let (type, order) = (type(results[0]), results[0].value.layout.order)
    let inner = type.count / channels
    let values = Tensor.transposedIndices(shape(results[0]), order).map { bias.floats[$0 / inner] }
    results[0].bias = Scale(values).simplified(type)
    return results
  }

  /// Affine and Linear: weights `[out, in]` on a vector.
  mutating func dense(_ node: NirNode, _ term: NirSignal) throws -> NirSignal {
    let weight = try node.numbers("weight")
    guard weight.shape.count == 2 else {
      throw node.diagnostic("its weight has shape \(weight.shape), expected [outputs, inputs]")
    }
    let shape = shape(term)
    let length = shape.reduce(1, *)
    guard shape.filter({ $0 != 1 }).count <= 1, length == weight.shape[1] else {
      throw node.diagnostic(
        "its weight \(weight.shape) does not fit what it takes, of shape \(shape)",
        notes: shape.count > 1 && length == weight.shape[1] ? ["put a Flatten before it"] : [])
    }
    let signal = try reshaped(term, to: [length])
    let factors = signal.factor.perElement(type(signal))
    let values = weight.floats.enumerated().map { $1 * factors[$0 % length] }
    let dense = Dense(weight: builder.constant("weight", weight.shape, values))
    let result = try builder.add("", dense, signal.value.node)
    return NirSignal(value: Value(node: result, layout: .plain(1)))
  }

  /// Scale: one number per element.
  mutating func scale(_ node: NirNode, _ terms: [NirSignal]) throws -> [NirSignal] {
    guard let numbers = try node.precise("scale") else {
      throw node.diagnostic("has no 'scale'")
    }
    return try terms.map { term in
      let factor = try spread(numbers, "scale", over: term, node).map { Float($0) }
      return try scaled(term, by: Scale(factor).simplified(type(term)), node)
    }
  }
}
