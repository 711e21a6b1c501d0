/// The image or feature map that the network takes. Its type is declared, not inferred.
public struct Input: OperationParameters {
  public static let mnemonic = "input"
  public static let summary = "The sample given to the network, as the imported model takes it."
  public static let arity = 0...0

  /// What the elements are.
  public enum Values: String, Hashable, Sendable, CaseIterable {
    /// Any numbers.
    case real
    /// Whole numbers from 0 to 255, as in 8-bit images; a target may take them as bytes.
    case byte
  }

  /// What the elements are.
  public var values: Values

  public var operation: Operation { .input(self) }

  /// An input.
  public init(_ values: Values = .real) { self.values = values }

  public init(reading attributes: inout AttributeReader) throws {
    values = try attributes.symbol("values", .real)
  }

  public var attributes: [Attribute] {
    values == .real ? [] : [Attribute("values", .symbol(values.rawValue))]
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard let declared, declared.element == .f32 else {
      throw Diagnostic("an input has a declared type of element f32")
    }
    return declared
  }
}
