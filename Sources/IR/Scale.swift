/// The scale λ of a value: true value = λ · value, elementwise.
///
/// Holds 1 number, one per channel (last axis), or one per element of the value.
public struct Scale: Hashable, Sendable {
  /// The numbers.
  public var values: [Float]

  /// A scale of 1, a per-channel, or a per-element list of numbers.
  public init(_ values: [Float]) { self.values = values }

  /// The scale of a value in its own units.
  public static let one = Scale([1])

  /// Whether one number holds for all elements.
  public var isUniform: Bool { values.allSatisfy { $0 == values[0] } }

  /// One number per channel of `type`, or nil if the elements of a channel differ.
  public func perChannel(_ type: TensorType) -> [Float]? {
    if values.count == 1 { return [Float](repeating: values[0], count: type.channels) }
    if values.count == type.channels { return values }
    let full = perElement(type)
    let channels = type.channels
    let first = Array(full.prefix(channels))
    return full.indices.allSatisfy { full[$0] == first[$0 % channels] } ? first : nil
  }

  /// One number per element of `type`.
  public func perElement(_ type: TensorType) -> [Float] {
    if values.count == type.count { return values }
    return (0..<type.count).map { values[$0 % values.count] }
  }

  /// The shortest equal list for a value of `type`: 1 number, one per channel, or all.
  public func simplified(_ type: TensorType) -> Scale {
    if isUniform { return Scale([values[0]]) }
    return Scale(perChannel(type) ?? values)
  }

  /// The elementwise product for a value of `type`.
  public func multiplied(by other: Scale, _ type: TensorType) -> Scale {
    if values.count == other.values.count {
      return Scale(zip(values, other.values).map { $0 * $1 })
    }
    return Scale(zip(perElement(type), other.perElement(type)).map { $0 * $1 }).simplified(type)
  }

  /// The scale whose product with this one is 1.
  public var inverse: Scale { Scale(values.map { 1 / $0 }) }

  /// The shape of the constant that holds this scale for a value of `type`.
  public func shape(_ type: TensorType) -> [Int] {
    values.count == 1 ? [1] : values.count == type.channels ? [type.channels] : type.shape
  }
}

extension Graph {
  /// The scale λ of a node's value: its own, or what its operands' scales become in it.
  ///
  /// Structural operations and pooling carry the scale along; every other operation gives a
  /// value in its own units unless it sets a scale.
  public func scale(of id: NodeID) -> Scale {
    let node = self[id]
    if let scale = node.scale { return Scale(constants[scale].floats) }
    // Else every sum would ask twice for all that lies before it.
    guard node.operation.carriesScale else { return .one }
    return node.operation.carry(
      node.operands.map { scale(of: $0) }, node.type, operandTypes(of: id))
  }
}

extension Operation {
  /// Whether a factor of an operand's elements is a factor of the result's elements.
  fileprivate var carriesScale: Bool {
    switch self {
    case .averagePool, .sumPool, .maxPool, .pad, .reshape, .transpose, .concat: true
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .add,
      .encode, .fire, .readOut, .decode:
      false
    }
  }

  /// What a factor of each operand's elements becomes as a factor of the result's elements.
  ///
  /// Only for operations that move elements or mix elements of one channel; 1 for the others.
  public func carry(_ factors: [Scale], _ type: TensorType, _ operands: [TensorType]) -> Scale {
    switch self {
    case .averagePool, .sumPool, .maxPool, .pad:
      return Scale(factors[0].perChannel(operands[0]) ?? [.nan]).simplified(type)
    case .reshape:
      if factors[0].isUniform { return Scale([factors[0].values[0]]) }
      return Scale(factors[0].perElement(operands[0])).simplified(type)
    case .transpose(let transpose):
      if factors[0].isUniform { return Scale([factors[0].values[0]]) }
      let full = Tensor(operands[0].shape, factors[0].perElement(operands[0]))
      return Scale(full.transposed(transpose.permutation).floats).simplified(type)
    case .concat(let concat):
      return concat.joined(factors, operands).simplified(type)
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .add,
      .encode, .fire, .readOut, .decode:
      return .one
    }
  }
}

extension Concat {
  /// The factors of the joined value's elements.
  func joined(_ factors: [Scale], _ operands: [TensorType]) -> Scale {
    let outer = operands[0].shape[..<axis].reduce(1, *)
    let lists = zip(factors, operands).map { $0.perElement($1) }
    var result: [Float] = []
    for row in 0..<outer {
      for list in lists {
        let run = list.count / outer
        result += list[row * run..<(row + 1) * run]
      }
    }
    return Scale(result)
  }

  /// The factors of the elements that operand `position` gives, from those of the joined value.
  public func part(_ position: Int, of factors: Scale, _ type: TensorType, _ operands: [TensorType])
    -> Scale
  {
    if factors.isUniform { return Scale([factors.values[0]]) }
    let full = factors.perElement(type)
    let outer = type.shape[..<axis].reduce(1, *)
    let runs = operands.map { $0.count / outer }
    let (row, first) = (runs.reduce(0, +), runs[..<position].reduce(0, +))
    let values = (0..<outer).flatMap { full[$0 * row + first..<$0 * row + first + runs[position]] }
    return Scale(values).simplified(operands[position])
  }
}
