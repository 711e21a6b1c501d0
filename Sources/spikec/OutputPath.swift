import Foundation
import SpikeIR

/// Checks on what a command will write, before the work that leads there.
enum OutputPath {
  /// Checks that a file can be written to `path`.
  ///
  /// - Throws: a `Diagnostic` that names the path.
  static func checkFile(_ path: String) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw Diagnostic("is a folder; name a file to write", file: path)
    }
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: parent, isDirectory: &isFolder) else {
      throw Diagnostic("cannot be written: there is no folder \(parent)", file: path)
    }
    try checkWritable(parent, isFolder.boolValue, path)
  }

  /// Writes a text, whole or not at all.
  ///
  /// - Throws: a `Diagnostic` that names the path.
  static func write(_ text: String, to path: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: path)
    }
  }

  /// Checks that a folder can be made at `path`, with the folders above it, or is there.
  ///
  /// - Throws: a `Diagnostic` that names the path.
  static func checkFolder(_ path: String) throws {
    var place = URL(fileURLWithPath: path).standardizedFileURL
    var isFolder: ObjCBool = false
    while !FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) {
      place.deleteLastPathComponent()
    }
    try checkWritable(place.path, isFolder.boolValue, path)
  }

  private static func checkWritable(_ place: String, _ isFolder: Bool, _ path: String) throws {
    guard isFolder else {
      throw Diagnostic("cannot be written: \(place) is a file, not a folder", file: path)
    }
    guard FileManager.default.isWritableFile(atPath: place) else {
      throw Diagnostic("cannot be written: no permission to write in \(place)", file: path)
    }
  }
}
