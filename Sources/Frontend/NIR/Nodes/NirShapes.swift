import SpikeIR

/// Nodes that move values, in space or in time.
extension NirContext {
  /// Flatten: joins the axes from `start_dim` to `end_dim`, in NIR's order.
  mutating func flatten(_ node: NirNode, _ terms: [NirSignal]) throws -> [NirSignal] {
    let start = try node.extents("start_dim", count: 1, [1])[0]
    let end = try node.extents("end_dim", count: 1, [-1])[0]
    return try terms.map { term in
      let shape = shape(term)
      let first = start < 0 ? start + shape.count : start
      let last = end < 0 ? end + shape.count : end
      // A vector has nothing to join; exporters count the batch that they have dropped.
      if shape.count == 1 { return term }
      guard shape.indices.contains(first), shape.indices.contains(last), first <= last else {
        throw node.diagnostic("its axes \(start) to \(end) are not those of a value \(shape)")
      }
      let joined = shape[first...last].reduce(1, *)
      return try reshaped(term, to: Array(shape[..<first]) + [joined] + shape[(last + 1)...])
    }
  }

  /// Delay: lets a population's spikes come later, by as many timesteps for each.
  mutating func delay(_ node: NirNode, _ terms: [NirSignal]) throws -> [NirSignal] {
    guard let numbers = try node.precise("delay") else { throw node.diagnostic("has no 'delay'") }
    let step = timeStep ?? NirContext.standardTimeStep
    guard let first = numbers.values.first, numbers.values.allSatisfy({ $0 == first }) else {
      throw node.diagnostic("its delays differ between neurons, which no population has")
    }
    let count = (first / step).rounded()
    guard first >= 0, abs(first / step - count) < 1e-6, count <= 255 else {
      throw node.diagnostic(
        "its delay \(first) is not 0 to 255 timesteps of \(step)",
        notes: ["give the length of a timestep: --time-step SECONDS"])
    }
    if count == 0 { return terms }
    return try terms.map { term in
      let source = builder.graph[term.value.node]
      guard case .fire(var fire) = source.operation else {
        throw node.diagnostic(
          "delays what comes from no population", notes: ["put it right behind an IF or LIF"])
      }
      fire.neuron.delay += Int(count)
      var result = term
      result.value.node = try builder.add("", fire, operands: source.operands)
      return result
    }
  }
}
