import Foundation

/// The documentation comments of one source file, for references that are generated from them.
public struct SourceComments {
  private let lines: [String]

  /// Reads a source file, a path from the root of the package.
  public init(_ path: String) {
    lines = Golden.read(path).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
  }

  /// Takes lines, as of one declaration's body.
  public init(lines: [String]) { self.lines = lines }

  /// A declaration with the comment above it.
  public struct Entry {
    /// The name that the pattern captured.
    public let name: String
    /// The comment's lines without their `///`.
    public let comment: [String]
    /// The lines from the declaration to the brace that closes it, if it opens one.
    public let body: [String]

    /// The comment as one paragraph.
    public var sentence: String { comment.joined(separator: " ") }
  }

  /// The declarations whose first line matches `pattern`, which captures a name.
  public func entries(_ pattern: Regex<(Substring, Substring)>) -> [Entry] {
    lines.indices.compactMap { index in
      guard let match = lines[index].firstMatch(of: pattern) else { return nil }
      return Entry(
        name: String(match.output.1), comment: comment(above: index), body: body(from: index))
    }
  }

  private func comment(above index: Int) -> [String] {
    var result: [String] = []
    var line = index - 1
    while line >= 0, let text = lines[line].trimmed.dropped("///") {
      result.insert(text.first == " " ? String(text.dropFirst()) : String(text), at: 0)
      line -= 1
    }
    return result
  }

  private func body(from index: Int) -> [String] {
    guard lines[index].hasSuffix("{") else { return [lines[index]] }
    let indent = lines[index].prefix { $0 == " " }
    let end = lines[index...].firstIndex { $0.hasPrefix(indent + "}") } ?? lines.count - 1
    return Array(lines[index...end])
  }
}

extension String {
  fileprivate var trimmed: Substring { drop { $0 == " " } }
}

extension Substring {
  fileprivate func dropped(_ prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}
