import Foundation
import SpikeIR

/// What a network's outputs stand for.
enum ClassNames {
  private static let mostBytes = 1 << 20

  /// Reads a file with a name on each line.
  ///
  /// - Throws: a `Diagnostic` if it cannot be read, is no text, is empty, or has an empty line.
  static func read(_ path: String) throws -> [String] {
    guard let file = FileHandle(forReadingAtPath: path),
      let data = try? file.read(upToCount: mostBytes + 1)
    else { throw Diagnostic("class names cannot be read from it", file: path) }
    guard data.count <= mostBytes, let text = String(data: data, encoding: .utf8),
      !text.contains("\0")
    else {
      throw Diagnostic("is no list of class names: a text with a name on each line", file: path)
    }
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    guard lines.contains(where: { !$0.isEmpty }) else {
      throw Diagnostic("holds no class names", file: path)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let empty = lines.firstIndex(of: "") {
      throw Diagnostic("line \(empty + 1) is empty, where a class name should be", file: path)
    }
    return lines
  }
}
