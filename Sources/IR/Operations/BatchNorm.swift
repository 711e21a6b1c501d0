/// Batch normalisation at inference: `γ (x - mean) / √(variance + ε) + β` per channel.
///
/// Source: Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 2.
public struct BatchNorm: OperationParameters {
  public static let mnemonic = "batch_norm"
  public static let summary = "Normalises each channel by its stored mean and variance."

  /// γ `[C]`, or none for 1.
  public var gamma: ConstantID?
  /// β `[C]`, or none for 0.
  public var beta: ConstantID?
  /// The moving mean `[C]`.
  public var mean: ConstantID
  /// The moving variance `[C]`.
  public var variance: ConstantID
  /// ε, the layer's own.
  public var epsilon: Double

  public var operation: Operation { .batchNorm(self) }

  /// A batch-norm over the last axis.
  public init(
    gamma: ConstantID?, beta: ConstantID?, mean: ConstantID, variance: ConstantID, epsilon: Double
  ) {
    self.gamma = gamma
    self.beta = beta
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }

  public init(reading attributes: inout AttributeReader) throws {
    gamma = try attributes.optionalConstant("gamma")
    beta = try attributes.optionalConstant("beta")
    mean = try attributes.constant("mean")
    variance = try attributes.constant("variance")
    epsilon = try attributes.real("epsilon")
  }

  public var attributes: [Attribute] {
    var list: [Attribute] = []
    if let gamma { list.append(Attribute("gamma", .constant(gamma))) }
    if let beta { list.append(Attribute("beta", .constant(beta))) }
    list.append(Attribute("mean", .constant(mean)))
    list.append(Attribute("variance", .constant(variance)))
    list.append(Attribute("epsilon", .real(epsilon)))
    return list
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard operands[0].element == .f32 else { throw Diagnostic("batch_norm takes analog values") }
    for (name, id) in operation.constants {
      let shape = constants[id].shape
      guard shape == [operands[0].channels] else {
        throw Diagnostic("\(name) has shape \(shape), expected [\(operands[0].channels)]")
      }
    }
    return operands[0]
  }
}
