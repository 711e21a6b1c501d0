import SpikeSerialization
import Testing

/// Texts side by side, as the explorer shows them.
@Suite struct LineDiffTests {
  @Test func changedLinesStandBesideWhatTheyReplace() {
    let rows = LineDiff("a\n%b = 1\n%c = 1\nd", "a\n%n = 1\n%c = 2\nd\ne").rows
    #expect(rows.map { $0.old ?? "-" } == ["a", "%b = 1", "-", "%c = 1", "d", "-"])
    #expect(rows.map { $0.new ?? "-" } == ["a", "-", "%n = 1", "%c = 2", "d", "e"])
  }
}
