/// Rectification: `max(x, 0)`, or `min(max(x, 0), ceiling)`.
public struct ReLU: OperationParameters {
  public static let mnemonic = "relu"
  public static let summary = "Cuts negative values to 0, and large ones to the ceiling if any."

  /// The largest value, in the units of the imported model (6 for ReLU6), if there is one.
  ///
  /// Where the value has a scale λ, it is cut at ceiling / λ.
  public var ceiling: Double?
  /// By how many neurons each element will be sent, 1 to 127; it changes no analog value.
  public var copies: Int

  public var operation: Operation { .relu(self) }

  /// A rectification.
  public init(ceiling: Double? = nil, copies: Int = 1) {
    self.ceiling = ceiling
    self.copies = copies
  }

  public init(reading attributes: inout AttributeReader) throws {
    ceiling = try attributes.optionalReal("ceiling")
    copies = try attributes.integer("copies", 1)
  }

  public var attributes: [Attribute] {
    (ceiling.map { [Attribute("ceiling", .real($0))] } ?? [])
      + (copies == 1 ? [] : [Attribute("copies", .integer(copies))])
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard operands[0].element == .f32 else { throw Diagnostic("relu takes analog values") }
    if let ceiling, !(ceiling > 0) { throw Diagnostic("the ceiling must be above 0") }
    guard (1...127).contains(copies) else { throw Diagnostic("copies is 1 to 127") }
    return operands[0]
  }
}

/// `x` where it is positive, `slope · x` elsewhere; PReLU where slopes are per channel.
public struct LeakyReLU: OperationParameters {
  public static let mnemonic = "leaky_relu"
  public static let summary = "Scales negative values by a slope."

  /// 1 slope, one per channel, or one per element.
  public var slope: ConstantID

  public var attributes: [Attribute] { [Attribute("slope", .constant(slope))] }
  public var operation: Operation { .leakyRelu(self) }

  /// A leaky rectification.
  public init(slope: ConstantID) { self.slope = slope }

  public init(reading attributes: inout AttributeReader) throws {
    slope = try attributes.constant("slope")
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard operands[0].element == .f32 else { throw Diagnostic("leaky_relu takes analog values") }
    let shape = constants[slope].shape
    guard [[1], [operands[0].channels], operands[0].shape].contains(shape) else {
      throw Diagnostic("slope has shape \(shape), which does not fit \(operands[0])")
    }
    return operands[0]
  }
}

/// A function without a rate code, or one that ends the network and is read out.
public struct Activation: OperationParameters {
  public static let mnemonic = "activation"
  public static let summary = "Applies a smooth function; softmax runs over the last axis."

  /// The functions, as Keras 2 defines them.
  public enum Function: String, Hashable, Sendable, CaseIterable {
    case softmax, sigmoid, tanh, softplus, softsign, elu, selu, gelu, exponential
    case logSoftmax = "log_softmax"
    case swish
    case hardSigmoid = "hard_sigmoid"
    case hardSwish = "hard_swish"
  }

  /// Which function.
  public var function: Function
  /// The function's own number: α of ELU, slope of hard sigmoid; 1 where it has none.
  public var alpha: Double

  public var operation: Operation { .activation(self) }

  /// An activation function.
  public init(_ function: Function, alpha: Double = 1) {
    self.function = function
    self.alpha = alpha
  }

  public init(reading attributes: inout AttributeReader) throws {
    function = try attributes.symbol("function")
    alpha = try attributes.real("alpha", 1)
  }

  public var attributes: [Attribute] {
    let function = Attribute("function", .symbol(function.rawValue))
    return alpha == 1 ? [function] : [function, Attribute("alpha", .real(alpha))]
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard operands[0].element == .f32 else { throw Diagnostic("activation takes analog values") }
    return operands[0]
  }
}
