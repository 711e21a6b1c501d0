import SpikeSerialization
import Testing

/// Texts side by side, as the explorer shows them.
@Suite struct LineDiffTests {
  @Test func changedLinesStandSideBySide() {
    let rows = LineDiff("a\nb\nc\nd", "a\nx\ny\nd\ne").rows
    #expect(rows.map { $0.old ?? "-" } == ["a", "b", "c", "d", "-"])
    #expect(rows.map { $0.new ?? "-" } == ["a", "x", "y", "d", "e"])
  }
}
