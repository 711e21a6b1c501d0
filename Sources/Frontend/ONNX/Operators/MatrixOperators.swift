import SpikeIR

extension OnnxContext {
  /// Sums products over one axis: `y[.., o, ..] = Σ x[.., i, ..] · w[o, i]`.
  ///
  /// On a vector it is a dense synapse, whose columns follow the order in which the node holds the
  /// axis, so that a flattened image need not be transposed; elsewhere a convolution by 1x1.
  ///
  /// - Parameter weights: the matrix `[outputs, inputs]`, row by row; its columns are reordered in
  ///   place, so that the largest weights are never there twice.
  mutating func linear(
    _ value: OnnxValue, axis: Int, weights: inout [Float], outputs: Int,
    _ call: OnnxCall
  ) throws -> OnnxValue {
    let inner = value.axes[axis]
    guard inner.batch == nil, outputs > 0, outputs * inner.extent == weights.count else {
      throw call.diagnostic(
        "multiplies axis \(axis) of a value of shape \(value.shape) by a matrix of"
          + " \(weights.count) elements, which does not fit")
    }
    let channels = value.order.filter { inner.atoms.contains($0) }
    let others = value.order.filter { !inner.atoms.contains($0) }
    Matrix.permuteColumns(
      &weights, Spread([inner.extent], [inner]).indices(channels), isNeeded: channels != inner.atoms
    )
    let new = arrangements.atoms(outputs)
    var result = value
    if others.isEmpty {
      let input = try arranged(value, [channels])
      let weight = builder.constant("weight", [outputs, inner.extent], weights)
      result.node = try builder.add("", Dense(weight: weight), input.node)
    } else {
      let rows = others.count == 2 ? [[others[0]], [others[1]]] : [others.count == 1 ? [] : others]
      let groups = others.count == 1 ? [[], others] : others.count == 2 ? rows : rows + [[]]
      let input = try arranged(value, groups + [channels])
      let weight = builder.constant("weight", [outputs, 1, 1, inner.extent], weights)
      result.node = try builder.add("", Convolution2D(weight: weight), input.node)
    }
    result.order = others + new
    result.axes[axis] = OnnxAxis(new)
    return result
  }

  /// Gemm: `alpha · A' · B' + beta · C`, one of A and B a constant.
  mutating func gemm(_ call: OnnxCall) throws -> OnnxOperand {
    let (alpha, beta) = (try call.number("alpha") ?? 1, try call.number("beta") ?? 1)
    var result: OnnxValue
    if case .constant = call.operand(0) {
      let isTransposed = try call.integer("transB", 0) != 0
      let value = try matrix(call, 1, isTransposed)
      var weights = try scaledMatrix(
        call, 0, isOutputsFirst: try call.integer("transA", 0) == 0, alpha)
      result = try linear(
        value, axis: 0, weights: &weights.values, outputs: weights.outputs, call)
    } else {
      let value = try matrix(call, 0, try call.integer("transA", 0) != 0)
      var weights = try scaledMatrix(
        call, 1, isOutputsFirst: try call.integer("transB", 0) != 0, alpha)
      result = try linear(
        value, axis: 1, weights: &weights.values, outputs: weights.outputs, call)
    }
    guard call.operand(2) != nil, beta != 0 else { return .value(result) }
    let bias = try call.required(2, "bias")
    let numbers = try floats(bias).map { Float(beta) * $0 }
    return .value(
      try shift(result, by: OnnxConstant(bias.shape, numbers), call))
  }

  private mutating func matrix(_ call: OnnxCall, _ index: Int, _ isTransposed: Bool) throws
    -> OnnxValue
  {
    var value = try call.value(index)
    guard value.axes.count == 2 else {
      throw call.diagnostic("takes matrices, not a value of shape \(value.shape)")
    }
    if isTransposed { value.axes.reverse() }
    return value
  }

  /// A constant matrix as `[outputs, inputs]`.
  private mutating func scaledMatrix(
    _ call: OnnxCall, _ index: Int, isOutputsFirst: Bool, _ alpha: Double
  ) throws -> (values: [Float], outputs: Int) {
    let constant = try call.required(index, "matrix")
    guard constant.shape.count == 2 else {
      throw call.diagnostic("takes matrices, not a constant of shape \(constant.shape)")
    }
    var values = try floats(
      constant,
      isOutputsFirst
        ? nil : MatrixTransposition(rows: constant.shape[0], columns: constant.shape[1]))
    if alpha != 1 { for index in values.indices { values[index] *= Float(alpha) } }
    return (values, constant.shape[isOutputsFirst ? 0 : 1])
  }

  /// MatMul with one constant matrix.
  mutating func matMul(_ call: OnnxCall) throws -> OnnxOperand {
    if case .value = call.operand(0), case .value = call.operand(1) {
      throw call.diagnostic(
        "multiplies values of the network with each other (as attention does), which has no rate"
          + " code", notes: ["use convolutions and dense layers with trained weights in its place"])
    }
    let isConstantFirst = if case .constant = call.operand(0) { true } else { false }
    let value = try call.value(isConstantFirst ? 1 : 0)
    let constant = try call.required(isConstantFirst ? 0 : 1, "matrix")
    let rank = value.axes.count
    let leading = constant.shape.dropLast(2)
    guard constant.shape.count >= 2, rank >= 1, leading.allSatisfy({ $0 == 1 }),
      constant.shape.count <= max(2, rank), !isConstantFirst || rank >= 2
    else {
      throw call.diagnostic(
        "multiplies a value of shape \(value.shape) by a constant of shape \(constant.shape): one"
          + " matrix for all is read")
    }
    let (rows, columns) = (constant.shape[leading.count], constant.shape[leading.count + 1])
    var weights = try floats(
      constant, isConstantFirst ? nil : MatrixTransposition(rows: rows, columns: columns))
    return .value(
      try linear(
        value, axis: isConstantFirst ? rank - 2 : rank - 1, weights: &weights,
        outputs: isConstantFirst ? rows : columns, call))
  }
}

/// Matrices of weights.
enum Matrix {
  /// Brings the columns of a matrix into another order, in place: column `j` becomes the one that
  /// was at `columns[j]`.
  static func permuteColumns(_ matrix: inout [Float], _ columns: [Int], isNeeded: Bool) {
    guard isNeeded else { return }
    var row = [Float](repeating: 0, count: columns.count)
    for start in stride(from: 0, to: matrix.count, by: columns.count) {
      for (index, column) in columns.enumerated() { row[index] = matrix[start + column] }
      matrix.replaceSubrange(start..<start + columns.count, with: row)
    }
  }
}
