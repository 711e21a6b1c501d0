/// What the operations with weights share: the weights, and the bias while they are analog.
public protocol Synapse: OperationParameters {
  /// The weights.
  var weight: ConstantID { get set }
  /// What is added to each output channel; only in the analog stage.
  var bias: ConstantID? { get set }
  /// In the spiking stage the weighted sum counts 2^shift times, so that synapses of one
  /// population with weights of different size all use the bits they have.
  var shift: Int { get set }
}

extension Synapse {
  /// The attributes that every synapse has.
  var synapseAttributes: [Attribute] {
    var list = [Attribute("weight", .constant(weight))]
    if let bias { list.append(Attribute("bias", .constant(bias))) }
    if shift != 0 { list.append(Attribute("shift", .integer(shift))) }
    return list
  }

  /// The element of the result: analog of analog, current of spikes and levels.
  ///
  /// Throws a `Diagnostic` for a current as operand, and for a bias on a spiking synapse.
  func resultElement(of operand: TensorType) throws -> ElementType {
    switch operand.element {
    case .f32:
      guard shift == 0 else { throw Diagnostic("an analog synapse has no shift") }
      return .f32
    case .spike, .level:
      guard bias == nil else {
        throw Diagnostic("a bias in the spiking stage belongs to the population")
      }
      guard (0...15).contains(shift) else { throw Diagnostic("a shift is 0 to 15") }
      return .current
    case .current:
      throw Diagnostic("a synapse takes spikes, levels or analog values, not currents")
    }
  }

  /// Checks that `constant` has one of the given shapes; `what` names it in the diagnostic.
  func check(_ constant: ConstantID?, _ what: String, is shapes: [Int]..., in table: ConstantTable)
    throws
  {
    guard let constant else { return }
    let shape = table[constant].shape
    guard shapes.contains(shape) else {
      let expected = shapes.map { "\($0)" }.joined(separator: " or ")
      throw Diagnostic("\(what) has shape \(shape), expected \(expected)")
    }
  }
}
