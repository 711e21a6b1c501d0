/// How much of the constants the textual form shows.
public enum ConstantPrinting: Sendable {
  /// Types only; the values stand in a file beside the text.
  case declarations
  /// The values of constants of up to so many elements, a digest of the others.
  case values(upTo: Int)
}

extension Graph {
  /// The textual form: a header, the constants, one node a line, and the outputs.
  ///
  /// - Parameter weights: where the constants' values stand, as the header names it. Only a text
  ///   that belongs to a weight file can be compiled further, so only it has the graph's history.
  public func text(_ printing: ConstantPrinting = .declarations, weights: String? = nil) -> String {
    var header: [String] = []
    if let weights {
      header.append("weights=\(weights.escaped)")
      if !history.isEmpty { header.append("passes=[\(history.joined(separator: ","))]") }
    }
    if let timesteps { header.append("timesteps=\(timesteps)") }
    if !facts.isEmpty {
      let names = Fact.allCases.filter(facts.contains).map(\.rawValue)
      header.append("facts=[\(names.joined(separator: ","))]")
    }
    var lines = ["graph \(name.escaped) {\(header.joined(separator: ", "))}"]
    lines += constants.ids.map { constantLine($0, printing) }
    lines += nodes.map(line)
    lines += outputs.map { "output %\(self[$0].name.printed)" }
    return lines.joined(separator: "\n") + "\n"
  }

  private func constantLine(_ id: ConstantID, _ printing: ConstantPrinting) -> String {
    let tensor = constants[id]
    let shape = tensor.shape.map(String.init).joined(separator: "x")
    let head = "constant @\(constants.name(of: id).printed) : \(tensor.elementName)[\(shape)]"
    guard case .values(let limit) = printing else { return head }
    guard tensor.count <= limit else { return "\(head) digest \"\(tensor.digest)\"" }
    let values =
      tensor.isInteger ? tensor.integers.map(\.description) : tensor.floats.map(\.description)
    return "\(head) = [\(values.joined(separator: ", "))]"
  }

  private func line(_ node: Node) -> String {
    var line = "%\(node.name.printed) = \(node.operation.mnemonic)"
    let operands = node.operands.map { "%\(self[$0].name.printed)" }
    if !operands.isEmpty { line += " " + operands.joined(separator: ", ") }
    let attributes = node.operation.parameters.attributes
    if !attributes.isEmpty {
      let list = attributes.map { "\($0.name)=\(text(of: $0.value))" }
      line += " {\(list.joined(separator: ", "))}"
    }
    line += " : \(node.type)"
    if let scale = node.scale { line += " scale @\(constants.name(of: scale).printed)" }
    if !node.origin.layers.isEmpty {
      line += " loc(\(node.origin.layers.map(\.escaped).joined(separator: "+")))"
    }
    return line
  }

  private func text(of value: AttributeValue) -> String {
    switch value {
    case .integer(let number): "\(number)"
    case .integers(let list): "[\(list.map(String.init).joined(separator: ","))]"
    case .real(let number): "\(number)"
    case .symbol(let name): name
    case .constant(let id): "@\(constants.name(of: id).printed)"
    }
  }
}

extension Tensor {
  /// A hash of shape and values (FNV-1a, 64 bits), the same on every machine.
  public var digest: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ word: UInt32) { hash = (hash ^ UInt64(word)) &* 0x100_0000_01b3 }
    for extent in shape { mix(UInt32(truncatingIfNeeded: extent)) }
    switch storage {
    case .f32(let values): for value in values { mix(value.bitPattern) }
    case .i32(let values): for value in values { mix(UInt32(bitPattern: value)) }
    }
    let hex = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - hex.count) + hex
  }
}

extension String {
  /// The text in double quotes, with quotes, backslashes and control characters escaped.
  var escaped: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// A name as it stands behind `%` or `@`: itself if it is a plain word, else quoted.
  var printed: String {
    let isPlain = !isEmpty && utf8.allSatisfy { Lexer.isWord($0) }
    return isPlain ? self : escaped
  }
}
