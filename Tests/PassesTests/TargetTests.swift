import SpikeIR
import SpikeTargets
import TestSupport
import Testing

@Suite struct TargetTests {
  @Test func everyFileIsListed() throws {
    let names = Golden.files(in: "Sources/Targets", suffix: ".swift").flatMap { path in
      Golden.read(path).matches(of: /= Target\(\s*name: "([^"]*)"/).map { String($0.1) }
    }
    #expect(Set(names) == Set(Target.all.map(\.name)))
    #expect(names.count == Target.all.count)
  }

  @Test func unknownNamesGetASuggestion() {
    let refusal = #expect(throws: Diagnostic.self) { try Target.named("snntorhc") }
    #expect(refusal?.notes.first == "did you mean 'snntorch'?")
  }

  @Test(arguments: Target.all) func everyTargetIsFound(_ target: Target) throws {
    #expect(try Target.named(target.name) == target)
  }
}
