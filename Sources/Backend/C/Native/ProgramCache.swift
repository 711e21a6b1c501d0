import Foundation
import SpikeIR
import Synchronization

/// The programs that were compiled last: networks that differ in their weights only, as those that
/// scales are chosen from, are one program.
final class ProgramCache: Sendable {
  static let shared = ProgramCache()

  /// So many programs are kept.
  private static let most = 4

  /// All that a program depends on.
  private struct Key: Equatable {
    let files: [String: Data]
    let command: [String]
    let effort: CCompiler.Effort
  }

  /// A program, which is compiled by the first that needs it while others wait.
  private final class Entry: Sendable {
    let program = Mutex<NativeProgram?>(nil)
  }

  private let entries = Mutex<[(key: Key, entry: Entry)]>([])

  /// The program that is compiled from `sources`, which are among `files`.
  ///
  /// - Throws: a `Diagnostic` if it cannot be compiled or loaded.
  func program(
    of files: [String: Data], sources: [String], by compiler: CCompiler, _ effort: CCompiler.Effort
  ) throws -> NativeProgram {
    let entry = entry(Key(files: files, command: compiler.command, effort: effort))
    return try entry.program.withLock { program in
      if let program { return program }
      let compiled = try compile(files, sources, compiler, effort)
      program = compiled
      return compiled
    }
  }

  /// The entry of a key, which becomes the newest.
  private func entry(_ key: Key) -> Entry {
    entries.withLock { entries in
      let place = entries.firstIndex { $0.key == key }
      let found = place.map { entries.remove(at: $0) } ?? (key: key, entry: Entry())
      entries.append(found)
      if entries.count > ProgramCache.most { entries.removeFirst() }
      return found.entry
    }
  }

  private func compile(
    _ files: [String: Data], _ sources: [String], _ compiler: CCompiler, _ effort: CCompiler.Effort
  ) throws -> NativeProgram {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("spikec-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      defer { try? FileManager.default.removeItem(at: folder) }
      for (name, contents) in files {
        try contents.write(to: folder.appendingPathComponent(name))
      }
      try compiler.makeLibrary("net.so", of: sources, in: folder, effort)
      return try NativeProgram(folder.appendingPathComponent("net.so"))
    } catch let error as CocoaError {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: folder.path)
    }
  }
}
