import Foundation

/// What changed between two texts, line by line: ` ` kept, `-` gone, `+` new.
public struct LineDiff {
  private let changes: CollectionDifference<Substring>
  private let old: [Substring]
  /// Kept lines around a change.
  private static let context = 2

  /// The difference from one text to another (Myers' algorithm).
  public init(_ old: String, _ new: String) {
    func lines(_ text: String) -> [Substring] {
      text.split(separator: "\n", omittingEmptySubsequences: false).filter {
        !$0.hasPrefix("graph ")
      }
    }
    self.old = lines(old)
    changes = lines(new).difference(from: self.old)
  }

  /// All lines, each with its mark.
  private var marked: [(mark: Character, line: Substring)] {
    var removed: Set<Int> = []
    var inserted: [Int: Substring] = [:]
    for change in changes {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, let line, _): inserted[offset] = line
      }
    }
    var lines: [(mark: Character, line: Substring)] = []
    var (from, to) = (0, 0)
    while from < old.count || inserted[to] != nil {
      if from < old.count, removed.contains(from) {
        lines.append(("-", old[from]))
        from += 1
      } else if let line = inserted[to] {
        lines.append(("+", line))
        to += 1
      } else {
        lines.append((" ", old[from]))
        (from, to) = (from + 1, to + 1)
      }
    }
    return lines
  }

  /// The changed lines, each with a little of what stands around it.
  public var text: String { LineDiff.nearChanges(marked) }

  /// Lines side by side, all of both texts: a kept one on both sides, one that says something else
  /// of the same name (what stands before ` = `) beside the new one, nil where there is nothing.
  public var rows: [(old: String?, new: String?)] {
    var rows: [(old: String?, new: String?)] = []
    var (gone, new): ([String], [String]) = ([], [])
    func finish() {
      rows += LineDiff.paired(gone, new)
      (gone, new) = ([], [])
    }
    for (mark, line) in marked {
      switch mark {
      case "-": gone.append(String(line))
      case "+": new.append(String(line))
      default:
        finish()
        rows.append((String(line), String(line)))
      }
    }
    finish()
    return rows
  }

  private static func paired(_ old: [String], _ new: [String]) -> [(old: String?, new: String?)] {
    func name(_ line: String) -> String {
      line.components(separatedBy: " = ")[0]
    }
    var rows: [(old: String?, new: String?)] = []
    var rest = new[...]
    for line in old {
      if let match = rest.firstIndex(where: { name($0) == name(line) }) {
        rows += rest[..<match].map { (nil, $0) }
        rows.append((line, rest[match]))
        rest = rest[(match + 1)...]
      } else {
        rows.append((line, nil))
      }
    }
    return rows + rest.map { (nil, $0) }
  }

  private static func nearChanges(_ lines: [(mark: Character, line: Substring)]) -> String {
    var result = ""
    var isGap = false
    for (i, entry) in lines.enumerated() {
      let near = lines[max(0, i - context)...min(lines.count - 1, i + context)]
      if near.contains(where: { $0.mark != " " }) {
        result += "\(entry.mark) \(entry.line)\n"
        isGap = false
      } else if !isGap {
        result += "...\n"
        isGap = true
      }
    }
    return result
  }
}
