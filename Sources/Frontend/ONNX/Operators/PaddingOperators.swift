import SpikeIR

extension OnnxContext {
  /// Pad: with a constant around one or two axes, or with the value's own elements.
  mutating func pad(_ call: OnnxCall) throws -> OnnxOperand {
    let value = try call.value()
    let amounts = try padding(call, rank: value.axes.count)
    let rank = value.axes.count
    let padded = (0..<rank).filter { amounts[$0] != 0 || amounts[rank + $0] != 0 }
    if padded.isEmpty { return .value(value) }
    let mode = try call.text("mode", "constant")
    guard mode == "constant" else {
      return .value(try repeatEdges(value, padded, amounts, mode, call))
    }
    let constant = try call.constant(2, "value")?.floats().first ?? Float(call.number("value") ?? 0)
    guard constant != 0 else { return .value(try padWithZeros(value, padded, amounts, call)) }
    guard constant.isFinite else {
      throw call.diagnostic("with \(constant) is not read", notes: ["pad with a finite number"])
    }
    let shifted = try shift(value, by: OnnxConstant([], [-constant]), call)
    let result = try padWithZeros(shifted, padded, amounts, call)
    return .value(try shift(result, by: OnnxConstant([], [constant]), call))
  }

  /// The elements added in front of each axis, then those behind each.
  private func padding(_ call: OnnxCall, rank: Int) throws -> [Int] {
    var amounts = try call.integers("paddings") ?? call.integers("pads", orInput: 1) ?? []
    if let axes = try call.constant(3, "axes")?.integers() {
      let positions = try axes.map { try call.position($0, rank: rank) }
      guard amounts.count == 2 * axes.count else { throw call.invalid("pads", "two per axis") }
      var full = [Int](repeating: 0, count: 2 * rank)
      for (index, position) in positions.enumerated() {
        full[position] = amounts[index]
        full[rank + position] = amounts[axes.count + index]
      }
      amounts = full
    }
    guard amounts.count == 2 * rank, amounts.allSatisfy({ (0...1 << 20).contains($0) }) else {
      throw call.invalid("pads", "a number of at least 0 for both sides of each axis")
    }
    return amounts
  }

  /// Padding with copies: `edge` of the outermost elements, `reflect` mirrored at them, `wrap` from
  /// the other side.
  private mutating func repeatEdges(
    _ value: OnnxValue, _ padded: [Int], _ amounts: [Int], _ mode: String, _ call: OnnxCall
  ) throws -> OnnxValue {
    var result = value
    for axis in padded {
      let (extent, rank) = (value.shape[axis], value.axes.count)
      let period = max(1, 2 * (extent - 1))
      let indices = try (-amounts[axis]..<extent + amounts[rank + axis]).map { place in
        switch mode {
        case "edge": return min(max(place, 0), extent - 1)
        case "wrap": return (place % extent + extent) % extent
        case "reflect":
          let folded = (place % period + period) % period
          return min(folded, period - folded) % extent
        default: throw call.invalid("mode", "constant, edge, reflect or wrap")
        }
      }
      result = try select(result, axis: axis, indices, call)
    }
    return result
  }

  private mutating func padWithZeros(
    _ value: OnnxValue, _ padded: [Int], _ amounts: [Int], _ call: OnnxCall
  ) throws -> OnnxValue {
    guard padded.count <= 2, padded.allSatisfy({ value.axes[$0].batch == nil }) else {
      throw call.diagnostic("along axes \(padded) of a value of shape \(value.shape) is not read")
    }
    let others = value.axes.indices.filter { !padded.contains($0) }
    let channels = others.flatMap { value.axes[$0].atoms }
    let spatial = padded.map { value.axes[$0].atoms }
    var result = try arranged(value, (spatial.count == 1 ? [[]] : []) + spatial + [channels])
    let rank = value.axes.count
    let none = padded.count == 1 ? [0] : []
    let padding =
      none + padded.map { amounts[$0] } + none + padded.map { amounts[rank + $0] }
    result = try map(result, Pad(padding: padding))
    let extents = builder.shape(of: result.node).dropLast().suffix(padded.count)
    let new = extents.map { arrangements.atoms($0) }
    for (axis, atoms) in zip(padded, new) { result.axes[axis] = OnnxAxis(atoms) }
    result.order = new.flatMap { $0 } + channels
    return result
  }
}
