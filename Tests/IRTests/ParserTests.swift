import SpikeIR
import TestSupport
import Testing

@Suite struct ParserTests {
  /// A text with one fault, where it lies, and what is said of it.
  struct Fault: CustomTestStringConvertible, Sendable {
    let text: String
    let line: Int
    let message: String
    var testDescription: String { message }

    init(_ line: Int, _ message: String, _ text: String) {
      (self.line, self.message, self.text) = (line, message, text)
    }
  }

  private static let input = "graph \"n\" {}\n%x = input : f32[2x2x1]\n"

  static let faults = [
    Fault(1, "expected a name", ""),
    Fault(1, "the text starts with 'graph \"name\" {}'", "grph \"n\" {}"),
    Fault(1, "unknown fact 'spikng'", "graph \"n\" {facts=[spikng]}"),
    Fault(1, "timesteps are 1 to 65535", "graph \"n\" {timesteps=65536}"),
    Fault(1, "the header has weights, passes, timesteps and facts", "graph \"n\" {x=1}"),
    Fault(1, "the text has no closing quote", "graph \"n"),
    Fault(1, "there is no such escape", "graph \"\\q\" {}"),
    Fault(2, "expected 'constant', '%name = ...' or 'output'", "graph \"n\" {}\n} {"),
    Fault(3, "there is no operation 'rleu'", input + "%y = rleu %x : f32[2x2x1]\n"),
    Fault(3, "%z is not defined above", input + "%y = relu %z : f32[2x2x1]\n"),
    Fault(3, "%x stands here twice", input + "%x = relu %x : f32[2x2x1]\n"),
    Fault(3, "the operands give f32[2x2x1], not f32[2x2]", input + "%y = relu %x : f32[2x2]\n"),
    Fault(3, "relu has no attribute 'celing'", input + "%y = relu %x {celing=6} : f32[2x2x1]\n"),
    Fault(3, "@w is not declared above", input + "%y = leaky_relu %x {slope=@w} : f32[1]\n"),
    Fault(3, "takes 2...64 operands, not 1", input + "%y = add %x : f32[2x2x1]\n"),
    Fault(3, "the number is too large", input + "%y = relu %x {ceiling=1e999} : f32[2x2x1]"),
    Fault(3, "expected the line's end", input + "output %x %x\n"),
    Fault(2, "extents are positive numbers", "graph \"n\" {}\n%x = input : f32[0]\n"),
    Fault(2, "the value is too large", "graph \"n\" {}\n%x = input : f32[99999x99999]\n"),
    Fault(2, "a value has at most 8 axes", "graph \"n\" {}\n%x = input : f32[1x1x1x1x1x1x1x1x1]"),
    Fault(2, "values are f32, level, spike or current", "graph \"n\" {}\n%x = input : i8[1]\n"),
    Fault(2, "constants are f32 or i32", "graph \"n\" {}\nconstant @c : f64[1] = [1]\n"),
    Fault(2, "3 values for 2 elements", "graph \"n\" {}\nconstant @c : f32[2] = [1, 2, 3]\n"),
    Fault(2, "'x1' is no number here", "graph \"n\" {}\nconstant @c : f32[1] = [x1]\n"),
    Fault(2, "'1.5' is no number here", "graph \"n\" {}\nconstant @c : i32[1] = [1.5]\n"),
    Fault(2, "too many seeded values", "graph \"n\" {}\nconstant @c : f32[9999x9999] = seeded(1)"),
    Fault(2, "@c: the text has no values for it", "graph \"n\" {}\nconstant @c : f32[1]\n"),
    Fault(2, "this character starts nothing", "graph \"n\" {}\n$\n"),
  ]

  @Test(arguments: faults) func tellsWhereAndWhat(_ fault: Fault) throws {
    let diagnostic = try #require(throws: Diagnostic.self) { try Graph(parsing: fault.text) }
    let (place, rest) = try #require(diagnostic.message.split(on: ": "))
    #expect(rest.contains(fault.message), "\(diagnostic)")
    #expect(place.hasPrefix("line \(fault.line), column "))
    let column = try #require(Int(place.split(separator: " ").last ?? ""))
    // The caret stands under the place, in the line as it was written.
    let lines = fault.text.split(separator: "\n", omittingEmptySubsequences: false)
    let shown = diagnostic.notes.suffix(2)
    #expect(shown.first == String(lines[fault.line - 1]))
    #expect(shown.last == String(repeating: " ", count: column - 1) + "^")
  }

  @Test func suggestsTheNearestOperation() {
    let text = Self.input + "%y = avrage_pool %x : f32[1]\n"
    let diagnostic = #expect(throws: Diagnostic.self) { try Graph(parsing: text) }
    #expect(diagnostic?.notes.first == "did you mean 'average_pool'?")
  }

  @Test func takesCommentsBlanksAndWindowsLineEnds() throws {
    let text = "// a\n\n graph \"n\" {} // b\r\n\t%x = input : f32[1]//c\r\n\r\noutput %x // d"
    #expect(try Graph(parsing: text).whole == "graph \"n\" {}\n%x = input : f32[1]\noutput %x\n")
  }
}

extension String {
  fileprivate func split(on separator: String) -> (String, String)? {
    firstRange(of: separator).map {
      (String(self[..<$0.lowerBound]), String(self[$0.upperBound...]))
    }
  }
}
