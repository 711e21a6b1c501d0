import SpikeIR
import TestSupport
import Testing

/// Damaged texts give a diagnostic or a graph that prints and parses again; they never trap.
@Suite struct FuzzTests {
  private static let dumps = (try? Texts.dumps()) ?? []

  @Test func dumpsAreThere() { #expect(Self.dumps.count == 5) }

  private func check(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    do {
      let graph = try Graph(parsing: text)
      #expect(sameBytes(try Graph(parsing: graph.whole).whole, graph.whole))
    } catch let diagnostic as Diagnostic {
      #expect(!diagnostic.message.isEmpty)
    }
  }

  @Test(arguments: dumps.indices) func truncations(_ index: Int) throws {
    let bytes = Array(Self.dumps[index].utf8)
    let step = max(1, bytes.count / 400)
    for length in stride(from: 0, to: bytes.count, by: step) { try check(Array(bytes[..<length])) }
  }

  @Test(arguments: dumps.indices, 0..<80) func flippedBytes(_ index: Int, _ seed: UInt64) throws {
    var numbers = Numbers(seed: seed * 31 + UInt64(index))
    var bytes = Array(Self.dumps[index].utf8)
    for _ in 0...(numbers.next() % 3) {
      bytes[Int(numbers.next()) % bytes.count] = UInt8(truncatingIfNeeded: numbers.next() >> 7)
    }
    try check(bytes)
  }

  /// Numbers replaced by hostile ones, lines dropped, doubled and exchanged, words exchanged.
  @Test(arguments: dumps.indices, 0..<120) func mutations(_ index: Int, _ seed: UInt64) throws {
    var numbers = Numbers(seed: seed * 77 + UInt64(index))
    func pick<T>(_ list: [T]) -> T { list[Int(numbers.next()) % list.count] }
    var lines = Self.dumps[index].split(separator: "\n").map(String.init)
    for _ in 0...(numbers.next() % 2) {
      let line = Int(numbers.next()) % lines.count
      switch numbers.next() % 6 {
      case 0: lines.remove(at: line)
      case 1: lines.insert(lines[line], at: Int(numbers.next()) % lines.count)
      case 2: lines.swapAt(line, Int(numbers.next()) % lines.count)
      case 3:
        let facts = Fact.allCases.map(\.rawValue)
        lines[0] = "graph \"x\" {timesteps=\(pick([1, 64, 65535])), facts=[\(pick(facts))]}"
      default:
        let matches = lines[line].matches(of: /-?[0-9]+/)
        guard !matches.isEmpty else { continue }
        let hostile = [
          "0", "-1", "1", "2", "65536", "2147483648", "1048576", "1099511627775",
          "9223372036854775807", "99999999999999999999", "1e999", "nan", "-inf", "0.5", "1x1",
        ]
        lines[line].replaceSubrange(pick(matches).range, with: pick(hostile))
      }
      if lines.isEmpty { return }
    }
    try check(Array(lines.joined(separator: "\n").utf8))
  }

  @Test func invalidUnicodeAndDeepNesting() throws {
    try check([0x67, 0x72, 0xFF, 0xFE, 0xC0, 0x80, 0xED, 0xA0, 0x80])
    for byte: UInt8 in 0...255 { try check([byte]) }
    for character in ["{", "[", "(", "\"", "%", "@", "\\", "//", "\n", ",", "+"] {
      try check(Array(String(repeating: character, count: 200_000).utf8))
      let text = "graph \"n\" {}\n%x = input {a=" + String(repeating: character, count: 100_000)
      try check(Array(text.utf8))
    }
    var text = "graph \"n\" {}\n%n0 = input : f32[1]\n"
    for i in 1...5000 { text += "%n\(i) = relu %n\(i - 1) : f32[1]\n" }
    try check(Array((text + "output %n5000").utf8))
  }
}
