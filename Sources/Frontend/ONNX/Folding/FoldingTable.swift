import SpikeIR

/// Computes a node whose inputs are all constants.
typealias Folding = @Sendable (inout OnnxContext, OnnxCall, [OnnxConstant]) throws -> OnnxConstant

/// The operators that exporters use to compute shapes and weights from constants.
enum FoldingTable {
  /// How to compute each operator.
  static let rows: [String: Folding] = shapes.merging(elementwise) { a, _ in a }
    .merging(selections) { a, _ in a }

  private static let shapes: [String: Folding] = [
    "Identity": { _, _, inputs in inputs[0] },
    "Cast": { try $0.foldedCast($1, $2[0]) },
    "CastLike": { _, _, inputs in inputs[0] },
    "Shape": { _, call, inputs in
      let shape = try Shape.part(of: inputs[0].shape, call)
      return OnnxConstant([shape.count], integers: shape)
    },
    "Size": { _, _, inputs in OnnxConstant([], integers: [inputs[0].count]) },
    "Reshape": { _, call, inputs in
      let target = try call.required(1, "shape").integers()
      let keepsZero = try call.integer("allowzero", 0) != 0
      return inputs[0].reshaped(
        try Shape.resolved(target, of: inputs[0].shape, keepsZero: keepsZero, call))
    },
    "Flatten": { _, call, inputs in
      let shape = inputs[0].shape
      let stated = try call.integer("axis", 1)
      let axis =
        stated == shape.count ? stated : try call.position(stated, rank: shape.count)
      return inputs[0].reshaped([shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)])
    },
    "Squeeze": { _, call, inputs in
      var shape = inputs[0].shape
      let axes = try call.integers("axes", orInput: 1) ?? shape.indices.filter { shape[$0] == 1 }
      for axis in try call.positions(axes, rank: shape.count).reversed() { shape.remove(at: axis) }
      guard shape.reduce(1, *) == inputs[0].count else {
        throw call.diagnostic("removes an axis of more than one element")
      }
      return inputs[0].reshaped(shape)
    },
    "Unsqueeze": { _, call, inputs in
      var shape = inputs[0].shape
      let axes = try call.integers("axes", orInput: 1) ?? []
      for axis in try call.positions(axes, rank: shape.count + axes.count) {
        shape.insert(1, at: axis)
      }
      return inputs[0].reshaped(shape)
    },
    "DequantizeLinear": { context, call, _ in try context.dequantized(call) },
  ]

  private static let selections: [String: Folding] = [
    "Transpose": { try $0.foldedTranspose($1, $2[0]) },
    "Concat": { try $0.foldedConcat($1, $2) },
    "Gather": { try $0.foldedGather($1, $2) },
    "Slice": { try $0.foldedSlice($1, $2[0]) },
    "Expand": { try $0.foldedExpand($1, $2) },
    "ConstantOfShape": { try $0.constantOfShape($1, $2[0]) },
    "Range": { try $0.foldedRange($1, $2) },
    "Where": { try $0.foldedChoice($1, $2) },
    "ReduceProd": { try $0.foldedReduction($1, $2[0], 1, &*, { $0 * $1 }) },
    "ReduceSum": { try $0.foldedReduction($1, $2[0], 0, &+, { $0 + $1 }) },
  ]

  private static let elementwise: [String: Folding] = [
    "Add": { try $0.elementwise($1, $2, { $0 &+ $1 }, { $0 + $1 }) },
    "Sub": { try $0.elementwise($1, $2, { $0 &- $1 }, { $0 - $1 }) },
    "Mul": { try $0.elementwise($1, $2, { $0 &* $1 }, { $0 * $1 }) },
    "Div": {
      try $0.elementwise(
        $1, $2, { $1 == 0 ? 0 : $0.dividedReportingOverflow(by: $1).partialValue }, { $0 / $1 })
    },
    "Min": { try $0.elementwise($1, $2, { min($0, $1) }, { min($0, $1) }) },
    "Max": { try $0.elementwise($1, $2, { max($0, $1) }, { max($0, $1) }) },
    "Equal": { try $0.comparison($1, $2) { $0 == $1 } },
    "Greater": { try $0.comparison($1, $2) { $0 > $1 } },
    "Less": { try $0.comparison($1, $2) { $0 < $1 } },
    "Neg": { try $0.mapped($2[0], { 0 &- $0 }, { -$0 }) },
    "Abs": { try $0.mapped($2[0], { $0 < 0 ? 0 &- $0 : $0 }, { abs($0) }) },
    "Floor": { try $0.mapped($2[0], { $0 }, { $0.rounded(.down) }) },
    "Ceil": { try $0.mapped($2[0], { $0 }, { $0.rounded(.up) }) },
    "Sqrt": { try $0.mapped($2[0], nil, { $0.squareRoot() }) },
    "Reciprocal": { try $0.mapped($2[0], nil, { 1 / $0 }) },
    "Sign": { try $0.mapped($2[0], { $0.signum() }, { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }) },
  ]
}
