/// A population of integrate-and-fire neurons.
///
/// Per neuron and timestep: `V += 2^fractionBits · I + k; s = V >= θ; V -= s · θ`, from
/// `V(0) = start`, where `neuron` says nothing else. In the float form `fractionBits` is 0 and the
/// constants are f32.
public struct Fire: OperationParameters {
  public static let mnemonic = "fire"
  public static let summary = "Integrates currents and fires at a threshold."

  /// θ: 1 number, one per channel, or one per neuron.
  public var threshold: ConstantID
  /// V(0), as θ.
  public var start: ConstantID
  /// k, the bias current of each timestep, as θ; none for 0.
  public var bias: ConstantID?
  /// The membrane, θ, k and V(0) count in units of 2^-fractionBits of a current.
  public var fractionBits: Int
  /// Where the CNN cuts this activation, in its own units (6 for ReLU6), if it does: what a float
  /// population is fitted to. Firing does not depend on it.
  public var ceiling: Double?
  /// How the neurons fire, in attributes of their own: `reset`, `fires_if`, `spikes`, `floor`,
  /// `delay` and `decay`; those of the generic neuron are left out.
  public var neuron: Neuron

  public var operation: Operation { .fire(self) }

  /// A population.
  public init(
    threshold: ConstantID, start: ConstantID, bias: ConstantID? = nil, fractionBits: Int = 0,
    ceiling: Double? = nil, neuron: Neuron = .generic
  ) {
    self.threshold = threshold
    self.start = start
    self.bias = bias
    self.fractionBits = fractionBits
    self.ceiling = ceiling
    self.neuron = neuron
  }

  public init(reading attributes: inout AttributeReader) throws {
    threshold = try attributes.constant("threshold")
    start = try attributes.constant("start")
    bias = try attributes.optionalConstant("bias")
    fractionBits = try attributes.integer("fraction_bits", 0)
    ceiling = try attributes.optionalReal("ceiling")
    neuron = try Neuron(reading: &attributes)
  }

  public var attributes: [Attribute] {
    var list = [
      Attribute("threshold", .constant(threshold)), Attribute("start", .constant(start)),
    ]
    if let bias { list.append(Attribute("bias", .constant(bias))) }
    if fractionBits != 0 { list.append(Attribute("fraction_bits", .integer(fractionBits))) }
    if let ceiling { list.append(Attribute("ceiling", .real(ceiling))) }
    return list + neuron.attributes
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    let operand = operands[0]
    try checkPopulation(operand, fractionBits, operation.constants, constants)
    guard constants[threshold].floats.allSatisfy({ $0 > 0 }) else {
      throw Diagnostic("a threshold must be above 0")
    }
    if let ceiling, !(ceiling > 0) { throw Diagnostic("the ceiling must be above 0") }
    try neuron.check()
    return operand.with(neuron.spikes == 1 ? .spike : .level)
  }
}

/// The last linear layer: accumulates its current and never fires.
///
/// The logit after T timesteps is `scale_c / T · Σ_t (2^fractionBits · I(t) + k)`.
public struct ReadOut: OperationParameters {
  public static let mnemonic = "read_out"
  public static let summary = "Accumulates currents; their mean over time, rescaled, is the logit."

  /// What one unit of the accumulator is worth as a logit: 1 number or one per channel.
  public var scale: ConstantID
  /// k, the bias current of each timestep: 1 number, one per channel, or one per element.
  public var bias: ConstantID?
  /// The accumulator and k count in units of 2^-fractionBits of a current.
  public var fractionBits: Int
  /// The function that the imported model applies to the logit, if any; it is not computed by
  /// the spiking network, whose outputs are the logits.
  public var function: Activation.Function?

  public var operation: Operation { .readOut(self) }

  /// A read-out.
  public init(
    scale: ConstantID, bias: ConstantID? = nil, fractionBits: Int = 0,
    function: Activation.Function? = nil
  ) {
    self.scale = scale
    self.bias = bias
    self.fractionBits = fractionBits
    self.function = function
  }

  public init(reading attributes: inout AttributeReader) throws {
    scale = try attributes.constant("scale")
    bias = try attributes.optionalConstant("bias")
    fractionBits = try attributes.integer("fraction_bits", 0)
    function = try attributes.optionalSymbol("function")
  }

  public var attributes: [Attribute] {
    var list = [Attribute("scale", .constant(scale))]
    if let bias { list.append(Attribute("bias", .constant(bias))) }
    if fractionBits != 0 { list.append(Attribute("fraction_bits", .integer(fractionBits))) }
    if let function { list.append(Attribute("function", .symbol(function.rawValue))) }
    return list
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    try checkPopulation(operands[0], fractionBits, operation.constants, constants)
    return operands[0].with(.f32)
  }
}

/// Reads an output from spikes or levels: `scale_c / T · N`, N the sum over the timesteps.
public struct Decode: OperationParameters {
  public static let mnemonic = "decode"
  public static let summary = "Turns the counts of an output population into analog values."

  /// λ of the counted value: 1 number, one per channel, or one per element.
  public var scale: ConstantID
  /// As in `ReadOut`.
  public var function: Activation.Function?

  public var operation: Operation { .decode(self) }

  /// A decoding of counts.
  public init(scale: ConstantID, function: Activation.Function? = nil) {
    self.scale = scale
    self.function = function
  }

  public init(reading attributes: inout AttributeReader) throws {
    scale = try attributes.constant("scale")
    function = try attributes.optionalSymbol("function")
  }

  public var attributes: [Attribute] {
    [Attribute("scale", .constant(scale))]
      + (function.map { [Attribute("function", .symbol($0.rawValue))] } ?? [])
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    let operand = operands[0]
    guard operand.element == .spike || operand.element == .level else {
      throw Diagnostic("decode takes spikes or levels, not \(operand)")
    }
    guard [[1], [operand.channels], operand.shape].contains(constants[scale].shape) else {
      throw Diagnostic("scale does not fit \(operand)")
    }
    return operand.with(.f32)
  }
}

/// Checks what `Fire` and `ReadOut` have in common.
private func checkPopulation(
  _ operand: TensorType, _ fractionBits: Int, _ constants: [(name: String, id: ConstantID)],
  _ table: ConstantTable
) throws {
  guard operand.element == .current else {
    throw Diagnostic("a population takes currents, not \(operand)")
  }
  guard (0...16).contains(fractionBits) else { throw Diagnostic("fraction_bits is 0 to 16") }
  for (name, id) in constants {
    let shape = table[id].shape
    guard [[1], [operand.channels], operand.shape].contains(shape) else {
      throw Diagnostic("\(name) has shape \(shape), which does not fit \(operand)")
    }
  }
}
