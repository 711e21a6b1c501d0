import Foundation
import TestSupport
import Testing

/// The C that is committed is what protoc-c makes of the schema.
struct OnnxGeneratedSourceTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let protoc = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
    .map { "\($0)/protoc-c" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  @Test(.enabled(if: protoc != nil, "needs protoc-c"))
  func isNotStale() throws {
    try withTemporaryFolder { folder in
      let process = Process()
      process.executableURL = OnnxGeneratedSourceTests.root
        .appendingPathComponent("scripts/generate-onnx.sh")
      process.arguments = [folder.path]
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      for (name, place) in [("onnx.pb-c.c", ""), ("onnx.pb-c.h", "include/")] {
        let committed = try lines(
          OnnxGeneratedSourceTests.root.appendingPathComponent("Sources/COnnx/\(place)\(name)"))
        let generated = try lines(folder.appendingPathComponent(name))
        let isCurrent = committed == generated
        #expect(isCurrent, "\(name) is stale: run scripts/generate-onnx.sh")
      }
    }
  }

  /// The lines of a file but those that hold the version of protoc-c.
  private func lines(_ file: URL) throws -> [Substring] {
    try String(contentsOf: file, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("PROTOBUF_C_VERSION_NUMBER") && !$0.contains("MIN_COMPILER_VERSION") }
  }
}
