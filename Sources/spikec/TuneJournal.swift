import Foundation
import SpikeIR

/// The file in which `tune` notes every finished candidate, so that the same command continues.
///
/// Its first line tells what it was made for; each other line is one result in JSON.
final class TuneJournal {
  private struct Entry: Codable {
    let candidate: String
    let data: String
    let result: TrialResult
  }

  /// Which samples a result is about.
  enum Part: String { case calibration, heldOut = "held-out" }

  private struct Key: Hashable {
    let candidate: String
    let part: Part
  }

  private let path: String?
  /// The first line.
  private let header: String
  private var results: [Key: TrialResult] = [:]

  /// Reads the journal at `path`, if there is one; the first note begins one. Without a path it
  /// only remembers.
  ///
  /// - Parameter purpose: tells the network, the data and the options that all candidates share.
  /// - Throws: a `Diagnostic` that names the file, and the line, where it is no journal or one of
  ///   something else.
  init(_ path: String?, purpose: String) throws {
    self.path = path
    header = "spikec tune journal 2 \(purpose)"
    guard let path, FileManager.default.fileExists(atPath: path) else { return }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Diagnostic("cannot be read as a journal of tune", file: path)
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines[0] == header else {
      let isJournal = lines[0].hasPrefix("spikec tune journal ")
      throw Diagnostic(
        isJournal
          ? "is the journal of another network, other data or other options"
          : "is no journal of tune", file: path,
        notes: ["name another --journal, or remove the file"])
    }
    // What stands behind the last line's end was cut off when tune was stopped.
    for (number, line) in lines.enumerated().dropFirst().dropLast() {
      try take(line, number + 1, path)
    }
    try write((lines.dropLast().joined(separator: "\n")))
  }

  private func take(_ line: Substring, _ number: Int, _ path: String) throws {
    guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line.utf8)),
      let part = Part(rawValue: entry.data), entry.result.samples > 0
    else {
      throw Diagnostic(
        "line \(number) is no result of tune", file: path,
        notes: ["remove the line, and tune tries that candidate again"])
    }
    results[Key(candidate: entry.candidate, part: part)] = entry.result
  }

  /// A finished result.
  func result(_ candidate: Candidate, _ part: Part) -> TrialResult? {
    results[Key(candidate: candidate.text, part: part)]
  }

  /// Notes a result.
  ///
  /// - Throws: a `Diagnostic` if it cannot be written.
  func note(_ result: TrialResult, _ candidate: Candidate, _ part: Part) throws {
    results[Key(candidate: candidate.text, part: part)] = result
    guard let path else { return }
    if !FileManager.default.fileExists(atPath: path) { try write(header) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      let entry = Entry(candidate: candidate.text, data: part.rawValue, result: result)
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: encoder.encode(entry) + Data("\n".utf8))
    } catch {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: path)
    }
  }

  private func write(_ text: String) throws {
    guard let path else { return }
    do {
      try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: path)
    }
  }
}
