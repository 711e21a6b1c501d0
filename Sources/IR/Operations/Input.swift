/// The image or feature map that the network takes. Its type is declared, not inferred.
public struct Input: OperationParameters {
  public static let mnemonic = "input"
  public static let summary = "The sample given to the network, as the imported model takes it."
  public static let arity = 0...0

  public var attributes: [Attribute] { [] }
  public var operation: Operation { .input(self) }

  /// An input.
  public init() {}

  public init(reading attributes: inout AttributeReader) throws {}

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard let declared, declared.element == .f32 else {
      throw Diagnostic("an input has a declared type of element f32")
    }
    return declared
  }
}
