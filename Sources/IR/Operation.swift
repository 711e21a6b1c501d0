/// What a node does: one case per operation, each over a struct of its parameters.
///
/// Operands live in `Node`, never in a payload, so that substitution, equality, printing,
/// parsing and verification need no code per operation. A switch over this enum lists every
/// case: the compiler then tells what a new operation owes.
public enum Operation: Hashable, Sendable {
  case input(Input)
  case conv2d(Convolution2D)
  case dense(Dense)
  case diagonal(Diagonal)
  case batchNorm(BatchNorm)
  case relu(ReLU)
  case leakyRelu(LeakyReLU)
  case activation(Activation)
  case averagePool(AveragePool)
  case sumPool(SumPool)
  case maxPool(MaxPool)
  case add(Add)
  case concat(Concat)
  case reshape(Reshape)
  case transpose(Transpose)
  case pad(Pad)
  case encode(Encode)
  case fire(Fire)
  case readOut(ReadOut)
  case decode(Decode)

  /// The parameters, for what does not depend on the operation.
  public var parameters: any OperationParameters {
    switch self {
    case .input(let p): p
    case .conv2d(let p): p
    case .dense(let p): p
    case .diagonal(let p): p
    case .batchNorm(let p): p
    case .relu(let p): p
    case .leakyRelu(let p): p
    case .activation(let p): p
    case .averagePool(let p): p
    case .sumPool(let p): p
    case .maxPool(let p): p
    case .add(let p): p
    case .concat(let p): p
    case .reshape(let p): p
    case .transpose(let p): p
    case .pad(let p): p
    case .encode(let p): p
    case .fire(let p): p
    case .readOut(let p): p
    case .decode(let p): p
    }
  }

  /// The parameter types of all operations, in the order of the reference documentation.
  public static let all: [any OperationParameters.Type] = [
    Input.self, Convolution2D.self, Dense.self, Diagonal.self, BatchNorm.self, ReLU.self,
    LeakyReLU.self, Activation.self, AveragePool.self, SumPool.self, MaxPool.self, Add.self,
    Concat.self, Reshape.self, Transpose.self, Pad.self, Encode.self, Fire.self, ReadOut.self,
    Decode.self,
  ]

  /// The name of the operation in the textual form.
  public var mnemonic: String { type(of: parameters).mnemonic }

  /// The constants that the operation takes, by attribute name.
  public var constants: [(name: String, id: ConstantID)] {
    parameters.attributes.compactMap {
      guard case .constant(let id) = $0.value else { return nil }
      return ($0.name, id)
    }
  }
}

/// The parameters of one operation: its attributes, and the rule that types its value.
public protocol OperationParameters: Hashable, Sendable {
  /// The operation's name in the textual form.
  static var mnemonic: String { get }
  /// What the operation computes, in one sentence, for the reference documentation.
  static var summary: String { get }
  /// How many operands it takes.
  static var arity: ClosedRange<Int> { get }
  /// The attributes that the textual form shows; defaults are left out.
  var attributes: [Attribute] { get }
  /// Reads the parameters from attributes. Throws a `Diagnostic` on a missing or mistyped one.
  init(reading attributes: inout AttributeReader) throws
  /// The operation with these parameters.
  var operation: Operation { get }
  /// The type of the value for operands of the given types, or a `Diagnostic` that says why
  /// there is none. `declared` is the type that the node claims: where the operands do not fix
  /// the result (an input, a reshape) it is checked and returned.
  func resultType(of operands: [TensorType], declared: TensorType?, constants: ConstantTable)
    throws -> TensorType
}

extension OperationParameters {
  /// By default an operation takes one operand.
  public static var arity: ClosedRange<Int> { 1...1 }
}
