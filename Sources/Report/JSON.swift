/// A JSON value whose objects keep their order.
public indirect enum JSON: Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([(String, JSON)])

  /// The textual form, indented by two spaces a level.
  public var text: String { text(indent: "") }

  private func text(indent: String) -> String {
    let inner = indent + "  "
    switch self {
    case .null: return "null"
    case .boolean(let value): return value ? "true" : "false"
    case .integer(let value): return "\(value)"
    case .number(let value): return value.isFinite ? "\(value)" : "null"
    case .string(let value): return value.quoted
    case .array(let values) where values.isEmpty: return "[]"
    case .array(let values):
      let items = values.map { inner + $0.text(indent: inner) }
      return "[\n\(items.joined(separator: ",\n"))\n\(indent)]"
    case .object(let members) where members.isEmpty: return "{}"
    case .object(let members):
      let items = members.map { "\(inner)\($0.quoted): \($1.text(indent: inner))" }
      return "{\n\(items.joined(separator: ",\n"))\n\(indent)}"
    }
  }
}

extension String {
  /// The text as a JSON string.
  fileprivate var quoted: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
