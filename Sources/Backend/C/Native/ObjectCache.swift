import Foundation
import SpikeIR
import Synchronization

/// The object files that were compiled last: networks that differ in their constants only, as those
/// that scales are chosen from, have the same code.
final class ObjectCache: Sendable {
  static let shared = ObjectCache()

  /// The objects of so many networks are kept.
  private static let most = 4

  /// All that objects depend on.
  private struct Key: Equatable {
    let files: [String: Data]
    let command: [String]
    let effort: CCompiler.Effort
  }

  /// Objects, which are compiled by the first that needs them while others wait.
  private final class Entry: Sendable {
    let objects = Mutex<[String: Data]?>(nil)
  }

  private let entries = Mutex<[(key: Key, entry: Entry)]>([])

  /// The objects of `sources`, which are among `files`, by their names.
  ///
  /// - Throws: a `Diagnostic` if they cannot be compiled.
  func objects(
    of sources: [String], in files: [String: Data], by compiler: CCompiler,
    _ effort: CCompiler.Effort
  ) throws -> [String: Data] {
    let entry = entry(Key(files: files, command: compiler.command, effort: effort))
    return try entry.objects.withLock { objects in
      if let objects { return objects }
      let made = try BuildFolder.with(files) { folder in
        try compiler.makeObjects(of: sources, in: folder, effort)
        let names = sources.map { $0.replacing(/\.c$/, with: ".o") }
        return try Dictionary(
          uniqueKeysWithValues: names.map {
            ($0, try Data(contentsOf: folder.appendingPathComponent($0)))
          })
      }
      objects = made
      return made
    }
  }

  /// The entry of a key, which becomes the newest.
  private func entry(_ key: Key) -> Entry {
    entries.withLock { entries in
      let place = entries.firstIndex { $0.key == key }
      let found = place.map { entries.remove(at: $0) } ?? (key: key, entry: Entry())
      entries.append(found)
      if entries.count > ObjectCache.most { entries.removeFirst() }
      return found.entry
    }
  }
}

/// A folder of its own for a compiler's files.
enum BuildFolder {
  /// Calls `body` with a folder that holds `files`, and is removed afterwards.
  ///
  /// - Throws: a `Diagnostic` if they cannot be written, and what `body` throws.
  static func with<Result>(_ files: [String: Data], _ body: (URL) throws -> Result) throws
    -> Result
  {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("spikec-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      defer { try? FileManager.default.removeItem(at: folder) }
      for (name, contents) in files {
        try contents.write(to: folder.appendingPathComponent(name))
      }
      return try body(folder)
    } catch let error as CocoaError {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: folder.path)
    }
  }
}
