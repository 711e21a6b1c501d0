/// Names of a graph as C identifiers and in C comments.
struct CNames {
  private var taken: Set<String> = []
  /// A network of such a name would have a header that hides one of the C library or of the runtime.
  private static let headers: Set<String> = [
    "assert", "complex", "ctype", "errno", "fenv", "float", "inttypes", "iso646", "limits",
    "locale", "math", "omp", "mpi", "setjmp", "signal", "stdarg", "stdbool", "stddef", "stdint",
    "stdio", "stdlib", "string",
    "tgmath", "time", "unistd", "wchar", "wctype", "zlib",
  ]

  /// A C identifier made of `name`.
  static func identifier(_ name: String) -> String {
    let text = String(name.unicodeScalars.map { isWord($0) ? Character($0) : "_" })
    return text.first.map { $0.isNumber } ?? true ? "n\(text)" : text
  }

  /// The prefix of everything that is emitted for a network called `name`.
  static func prefix(_ name: String) -> String {
    let text = identifier(name)
    return headers.contains(text) || text.hasPrefix("spikec_") ? text + "_net" : text
  }

  /// `text` without what could end a comment, start another one, or mean something in it.
  static func comment(_ text: String) -> String {
    let harmless = Set("+-.,:[] ".unicodeScalars)
    return String(
      text.unicodeScalars.map { isWord($0) || harmless.contains($0) ? Character($0) : "_" })
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
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
