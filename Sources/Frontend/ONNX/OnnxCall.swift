import SpikeIR

/// One node with what it is given.
struct OnnxCall {
  let node: OnnxNode
  /// One per input of the node; nil for an optional one that is left out.
  let operands: [OnnxOperand?]
  /// The version of the operators.
  let opset: Int

  /// A diagnostic about this node.
  func diagnostic(_ message: String, notes: [String] = []) -> Diagnostic {
    Diagnostic("\(node.op) \(message)", layer: node.name, notes: notes)
  }

  /// A diagnostic about one of its attributes.
  func invalid(_ attribute: String, _ expected: String) -> Diagnostic {
    diagnostic("has an attribute '\(attribute)' that is not \(expected)")
  }

  /// An input; nil if it is left out.
  func operand(_ index: Int) -> OnnxOperand? {
    operands.indices.contains(index) ? operands[index] : nil
  }

  /// Whether the node names an output beside the first.
  var hasFurtherOutputs: Bool { node.outputs.dropFirst().contains { !$0.isEmpty } }

  /// All inputs, if all of them are constants.
  var constants: [OnnxConstant?]? {
    var result: [OnnxConstant?] = []
    for operand in operands {
      switch operand {
      case .constant(let constant): result.append(constant)
      case nil: result.append(nil)
      case .value: return nil
      }
    }
    return result
  }

  /// An input that is a value of the network, of numbers that are no integers.
  ///
  /// - Throws: a `Diagnostic` if it is missing, a constant, quantised, or of integers.
  func value(_ index: Int = 0) throws -> OnnxValue {
    let value = try anyValue(index)
    guard !value.isInteger else {
      throw diagnostic(
        "computes on integers, which is not read",
        notes: ["put a Cast to float behind the input, or give the input the type float"])
    }
    guard value.quantization == nil else {
      throw diagnostic(
        "computes on quantised integers, which is not read",
        notes: [
          "export with QuantizeLinear/DequantizeLinear pairs around float operators (QDQ), or save"
            + " the model before it is quantised"
        ])
    }
    return value
  }

  /// An input that is a value of the network, of whichever numbers.
  func anyValue(_ index: Int = 0) throws -> OnnxValue {
    switch operand(index) {
    case .value(let value): return value
    case .constant:
      throw diagnostic("computes on constants only, which is not read as input \(index)")
    case nil: throw diagnostic("has no input \(index)")
    }
  }

  /// An input that must not depend on the network's input; nil if it is left out.
  ///
  /// - Throws: a `Diagnostic` if it is a value of the network.
  func constant(_ index: Int, _ what: String) throws -> OnnxConstant? {
    switch operand(index) {
    case .constant(let constant): return constant
    case nil: return nil
    case .value:
      throw diagnostic(
        "takes a \(what) that the network computes; it must be a constant",
        notes: ["a rate code has no product of two values, and no shape that depends on them"])
    }
  }

  /// A constant input that must be there.
  func required(_ index: Int, _ what: String) throws -> OnnxConstant {
    guard let constant = try constant(index, what) else {
      throw diagnostic("has no \(what) (input \(index))")
    }
    return constant
  }

  /// A whole number; `standard` where the attribute is absent.
  func integer(_ name: String, _ standard: Int) throws -> Int {
    switch node.attributes[name] {
    case nil: return standard
    case .integer(let value): return value
    default: throw invalid(name, "a whole number")
    }
  }

  /// Whole numbers; nil where the attribute is absent.
  func integers(_ name: String) throws -> [Int]? {
    switch node.attributes[name] {
    case nil: return nil
    case .integers(let values): return values
    default: throw invalid(name, "a list of whole numbers")
    }
  }

  /// A finite number; nil where the attribute is absent.
  func number(_ name: String) throws -> Double? {
    switch node.attributes[name] {
    case nil: return nil
    case .float(let value) where value.isFinite: return Double(value)
    default: throw invalid(name, "a finite number")
    }
  }

  /// A text; `standard` where the attribute is absent.
  func text(_ name: String, _ standard: String) throws -> String {
    switch node.attributes[name] {
    case nil: return standard
    case .text(let value): return value
    default: throw invalid(name, "a text")
    }
  }

  /// Whole numbers that older opsets give as an attribute and newer ones as an input.
  func integers(_ name: String, orInput index: Int) throws -> [Int]? {
    try integers(name) ?? constant(index, name)?.integers()
  }

  /// The position that an axis names, which may count from the end.
  ///
  /// - Throws: a `Diagnostic` if there is none.
  func position(_ axis: Int, rank: Int) throws -> Int {
    guard (-rank..<rank).contains(axis) else {
      throw diagnostic("names axis \(axis) of a value of \(rank) axes")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// The positions that axes name, in order.
  ///
  /// - Throws: a `Diagnostic` if there are none, or one twice.
  func positions(_ axes: [Int], rank: Int) throws -> [Int] {
    let result = try axes.map { try position($0, rank: rank) }.sorted()
    guard Set(result).count == result.count else {
      throw diagnostic("names an axis twice: \(axes)")
    }
    return result
  }
}
