import Foundation
import Testing

/// Models and data sets that lie beside the repository, not in it. Tests that need them are
/// `.enabled(if: SharedFiles.areThere, SharedFiles.reason)`.
public enum SharedFiles {
  /// The folder they lie in.
  public static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("shared")

  /// Whether the folder is there.
  public static let areThere = FileManager.default.fileExists(
    atPath: folder.appendingPathComponent("models").path)

  /// Why a test is disabled without them.
  public static var reason: Comment { "needs ../shared, which is not part of the repository" }

  /// The path of a file there, such as `models/x.h5`.
  public static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// The names of the files in a folder there that end with `suffix`, sorted.
  public static func names(in folder: String, suffix: String) -> [String] {
    let all = try? FileManager.default.contentsOfDirectory(atPath: path(folder))
    return (all ?? []).filter { $0.hasSuffix(suffix) }.sorted()
  }
}

/// Runs `body` with the path of an empty folder, which is removed afterwards.
public func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("spikec-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
