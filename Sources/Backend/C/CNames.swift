/// Names of a graph as C identifiers.
struct CNames {
  private var taken: Set<String> = []

  /// A C identifier made of `name`.
  static func identifier(_ name: String) -> String {
    let mapped = name.unicodeScalars.map { scalar -> Character in
      let isWord =
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      return isWord ? Character(scalar) : "_"
    }
    let text = String(mapped)
    return text.first.map { $0.isNumber } ?? true ? "n\(text)" : text
  }

  /// A C identifier made of `name` that none before it had.
  mutating func unique(_ name: String) -> String {
    let base = CNames.identifier(name)
    var candidate = base
    var number = 2
    while !taken.insert(candidate).inserted {
      candidate = "\(base)_\(number)"
      number += 1
    }
    return candidate
  }
}
