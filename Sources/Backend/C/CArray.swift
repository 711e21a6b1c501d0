/// One array of the emitted C.
struct CArray {
  private enum Values {
    case integers([Int32])
    case others([String])
  }

  let type: String
  let name: String
  private let values: Values

  init(_ type: String, _ name: String, _ values: [some CustomStringConvertible]) {
    self.type = type
    self.name = name
    self.values = .others(values.map(\.description))
  }

  init(_ type: String, _ name: String, _ values: [Int32]) {
    self.type = type
    self.name = name
    self.values = .integers(values)
  }

  private var count: Int {
    switch values {
    case .integers(let values): values.count
    case .others(let values): values.count
    }
  }

  /// Its size.
  var bytes: Int {
    let sizes = ["int8_t": 1, "int16_t": 2, "double": 8]
    return count * (sizes[type] ?? 4)
  }

  /// Whether vector kernels read it, so that it begins at a cache line.
  private var isAligned: Bool { type == "int8_t" }

  var declaration: String { "extern const \(type) \(name)[\(count)];\n" }

  var definition: String {
    let head = "\(isAligned ? "SPIKEC_ALIGNED " : "")const \(type) \(name)[\(count)] = {"
    var text = Array(head.utf8)
    text.reserveCapacity(6 * count)
    for i in 0..<count {
      // Sixteen numbers a line.
      if i % 16 == 0 { text += "\n ".utf8 }
      text.append(UInt8(ascii: " "))
      switch values {
      case .integers(let values): CArray.append(values[i], to: &text)
      case .others(let values): text += values[i].utf8
      }
      text.append(UInt8(ascii: ","))
    }
    return String(decoding: text, as: UTF8.self) + "\n};\n"
  }

  /// Appends a number, without a string for each of the many.
  private static func append(_ value: Int32, to text: inout [UInt8]) {
    if value < 0 { text.append(UInt8(ascii: "-")) }
    let first = text.count
    var left = value.magnitude
    repeat {
      text.append(UInt8(ascii: "0") + UInt8(left % 10))
      left /= 10
    } while left > 0
    text[first...].reverse()
  }
}
