import SpikeIR

extension OnnxContext {
  /// QuantizeLinear of a value: its range is kept, its rounding left to the spiking network.
  mutating func quantize(_ call: OnnxCall) throws -> OnnxOperand {
    var value = try call.value()
    let (step, zero, element) = try quantization(call)
    guard let range = element.range else {
      throw call.diagnostic("to elements of type \(element) is not read")
    }
    value.quantization = Quantization(step: step, zero: zero, range: range)
    return .value(value)
  }

  /// DequantizeLinear of a value that was quantised by the same numbers.
  mutating func dequantize(_ call: OnnxCall) throws -> OnnxOperand {
    var value = try call.anyValue()
    let (step, zero, _) = try quantization(call)
    guard let source = value.quantization, source.step == step, source.zero == zero else {
      throw call.diagnostic(
        "takes a value that no QuantizeLinear with the same scale and zero point gives",
        notes: ["export with matching QuantizeLinear/DequantizeLinear pairs (QDQ)"])
    }
    value.quantization = nil
    let limits = [source.range.lowerBound, source.range.upperBound].map { Double($0 - zero) * step }
    if warnings.isEmpty {
      warnings.append(
        Diagnostic(
          "values are rounded to integers here (QuantizeLinear); the imported network keeps their"
            + " range, but does not round: its outputs differ by the steps of that rounding",
          layer: call.node.name))
    }
    return .value(try clip(value, low: limits[0], high: limits[1], call))
  }

  /// Scale, zero point and type of a quantisation with one scale for all elements.
  private func quantization(_ call: OnnxCall) throws -> (Double, Int, OnnxElement) {
    let scale = try call.required(1, "scale")
    let zero = try call.constant(2, "zero point")
    guard scale.count == 1, zero?.count ?? 1 == 1, let step = try scale.floats().first,
      step.isFinite, step > 0
    else {
      throw call.diagnostic(
        "of values with a scale per channel is not read",
        notes: ["quantise activations with one scale per tensor"])
    }
    let stated = Int32(exactly: try call.integer("output_dtype", 0)) ?? 0
    let element = zero?.element ?? OnnxElement(rawValue: stated) ?? .uint8
    return (Double(step), try zero?.integers().first ?? 0, element)
  }

  /// DequantizeLinear of a constant: `(q - zero) · scale`, one scale or one per element of an axis.
  mutating func dequantized(_ call: OnnxCall) throws -> OnnxConstant {
    let source = try call.required(0, "tensor")
    let (scale, zero) = (try call.required(1, "scale"), try call.constant(2, "zero point"))
    guard try call.integer("block_size", 0) == 0, scale.shape.count <= 1 else {
      throw call.diagnostic("by blocks is not read", notes: ["quantise per tensor or per axis"])
    }
    let rank = source.shape.count
    let axis = scale.count == 1 ? 0 : try call.position(try call.integer("axis", 1), rank: rank)
    let inner = scale.count == 1 ? source.count : source.shape[(axis + 1)...].reduce(1, *)
    guard scale.count == 1 || source.shape[axis] == scale.count,
      zero?.count ?? scale.count == scale.count
    else { throw call.diagnostic("has scales that do not fit a tensor of shape \(source.shape)") }
    let (steps, zeros) = (try scale.floats(), try zero?.floats())
    var values = try floats(source)
    for index in values.indices {
      let channel = inner == 0 ? 0 : index / inner % scale.count
      values[index] = (values[index] - (zeros?[channel] ?? 0)) * steps[channel]
    }
    return OnnxConstant(source.shape, values)
  }
}
