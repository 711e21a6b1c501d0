/// Every output sums every input: weights `[O, I]` on an operand `[I]`.
public struct Dense: Synapse {
  public static let mnemonic = "dense"
  public static let summary = "Multiplies a vector by a matrix of weights."

  public var weight: ConstantID
  public var bias: ConstantID?
  public var shift = 0

  public var attributes: [Attribute] { synapseAttributes }
  public var operation: Operation { .dense(self) }

  /// A dense synapse with a bias of shape `[O]`, or none.
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
    let element = try resultElement(of: operands[0])
    let matrix = constants[weight].shape
    guard operands[0].shape.count == 1, matrix.count == 2, matrix[1] == operands[0].shape[0] else {
      throw Diagnostic("a matrix \(matrix) [outputs, inputs] does not fit \(operands[0])")
    }
    try check(bias, "bias", is: [matrix[0]], in: constants)
    return TensorType(element, [matrix[0]])
  }
}
