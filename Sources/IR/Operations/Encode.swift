/// Turns the analog input into what enters the spiking network at each timestep.
///
/// The level of an element x of channel c is `q = clamp(⌊(x - offset_c) / step_c + ½⌋, low, high)`,
/// computed in 64-bit floats; offset and step are in the units of the input. For `rate` and
/// `poisson` the value in 0...1 is `v = clamp((x - offset_c) / step_c, 0, 1)`.
public struct Encode: OperationParameters {
  public static let mnemonic = "encode"
  public static let summary = "Codes the input as levels or spikes over time."

  /// The input codings.
  public enum Coding: String, Hashable, Sendable, CaseIterable {
    /// The level q at every timestep.
    case direct
    /// Evenly spaced spikes: ⌊v·t⌋ of them up to timestep t.
    case rate
    /// A spike with probability v at each timestep, from a seeded counter-based hash.
    case poisson
  }

  /// How the input is coded.
  public var coding: Coding
  /// What is subtracted from the input: 1 number, one per channel, or one per element.
  public var offset: ConstantID
  /// The input's difference between two levels, above 0; as the offset.
  public var step: ConstantID
  /// The smallest level.
  public var low: Int
  /// The largest level.
  public var high: Int
  /// The seed of `poisson`.
  public var seed: Int

  public var operation: Operation { .encode(self) }

  /// An input coding.
  public init(
    _ coding: Coding, offset: ConstantID, step: ConstantID, low: Int, high: Int, seed: Int = 0
  ) {
    self.coding = coding
    self.offset = offset
    self.step = step
    self.low = low
    self.high = high
    self.seed = seed
  }

  public init(reading attributes: inout AttributeReader) throws {
    coding = try attributes.symbol("coding")
    offset = try attributes.constant("offset")
    step = try attributes.constant("step")
    low = try attributes.integer("low", 0)
    high = try attributes.integer("high", 1)
    seed = try attributes.integer("seed", 0)
  }

  public var attributes: [Attribute] {
    var list = [
      Attribute("coding", .symbol(coding.rawValue)), Attribute("offset", .constant(offset)),
      Attribute("step", .constant(step)),
    ]
    if low != 0 { list.append(Attribute("low", .integer(low))) }
    if high != 1 { list.append(Attribute("high", .integer(high))) }
    if seed != 0 { list.append(Attribute("seed", .integer(seed))) }
    return list
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    let operand = operands[0]
    guard operand.element == .f32 else { throw Diagnostic("encode takes analog values") }
    for id in [offset, step] {
      guard [[1], [operand.channels], operand.shape].contains(constants[id].shape) else {
        throw Diagnostic("offset and step have 1 number, one per channel, or one per element")
      }
    }
    guard constants[step].floats.allSatisfy({ $0 > 0 }) else {
      throw Diagnostic("the step must be above 0")
    }
    guard -(1 << 15) <= low, low < high, high < 1 << 16 else {
      throw Diagnostic("levels lie between -32768 and 65535, low below high")
    }
    return operand.with(coding == .direct ? .level : .spike)
  }
}
