/// Scales and shifts each element on its own: `x · weight + bias`.
///
/// Weight and bias hold 1 number, one per channel, or one per element. It stands for rescaling,
/// input normalisation, a batch-norm with no synapse to fold into, and a shortcut's synapse.
public struct Diagonal: Synapse {
  public static let mnemonic = "diagonal"
  public static let summary = "Scales and shifts each element on its own."

  public var weight: ConstantID
  public var bias: ConstantID?
  public var shift = 0

  public var attributes: [Attribute] { synapseAttributes }
  public var operation: Operation { .diagonal(self) }

  /// A diagonal synapse.
  public init(weight: ConstantID, bias: ConstantID? = nil) {
    self.weight = weight
    self.bias = bias
  }

  public init(reading attributes: inout AttributeReader) throws {
    weight = try attributes.constant("weight")
    bias = try attributes.optionalConstant("bias")
    shift = try attributes.integer("shift", 0)
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    let operand = operands[0]
    for (what, constant) in [("weight", weight), ("bias", bias)] {
      try check(constant, what, is: [1], [operand.channels], operand.shape, in: constants)
    }
    return operand.with(try resultElement(of: operand))
  }
}
