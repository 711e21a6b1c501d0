import Foundation
import Testing

/// Expected texts that lie as whole files under `Tests/Golden`, and generated documents.
///
/// `SPIKEC_UPDATE_GOLDENS=1` writes what was observed into the files and still fails, so that
/// nobody records by accident. On a mismatch the observed text lies beside the file, as
/// `NAME.observed`, which git ignores.
public enum Golden {
  /// The root of the package.
  public static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Whether expected texts are to be rewritten.
  public static let isUpdating =
    ProcessInfo.processInfo.environment["SPIKEC_UPDATE_GOLDENS"] == "1"

  /// The files under `folder`, a path from the root, that end with `suffix`: paths from the root,
  /// sorted.
  public static func files(in folder: String, suffix: String) -> [String] {
    let start = root.appendingPathComponent(folder)
    let all = FileManager.default.enumerator(atPath: start.path)?.compactMap { $0 as? String }
    return (all ?? []).filter { $0.hasSuffix(suffix) }.map { "\(folder)/\($0)" }.sorted()
  }

  /// The text of a file, a path from the root; empty if there is none.
  public static func read(_ path: String) -> String {
    let data = FileManager.default.contents(atPath: root.appendingPathComponent(path).path)
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  /// Fails unless the file at `path`, from the root, holds `observed`.
  public static func expect(
    _ observed: String, at path: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = read(path)
    let beside = root.appendingPathComponent(path + ".observed")
    guard expected != observed else {
      try? FileManager.default.removeItem(at: beside)
      return
    }
    if isUpdating {
      try Data(observed.utf8).write(to: root.appendingPathComponent(path), options: .atomic)
      Issue.record("\(path) was rewritten: look at the difference, run again without updating")
    } else {
      try Data(observed.utf8).write(to: beside, options: .atomic)
      let place = firstDifference(expected, observed)
      Issue.record(
        "\(path) differs in \(place); see \(path).observed", sourceLocation: sourceLocation)
    }
  }

  private static func firstDifference(_ expected: String, _ observed: String) -> String {
    let (a, b) = (lines(expected), lines(observed))
    let line = zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset ?? min(a.count, b.count)
    func text(_ lines: [Substring]) -> Substring { line < lines.count ? lines[line] : "nothing" }
    return "line \(line + 1)\n expected: \(text(a))\n observed: \(text(b))"
  }

  private static func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }
}
