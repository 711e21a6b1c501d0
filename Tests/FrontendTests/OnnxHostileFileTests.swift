import Foundation
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// ONNX files that no exporter writes are refused.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct OnnxHostileFileTests {
  private func intact(_ model: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: SharedFiles.path("models/\(model)")))
  }

  /// A message that claims more than there is, nests without end, or has an absurd shape.
  @Test func hostileMessagesAreRefused() throws {
    let start: [UInt8] = [8, 8, 0x42, 2, 0x10, 13]
    func message(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      var result: [UInt8] = [tag]
      var rest = content.count
      while rest >= 0x80 {
        result.append(UInt8(rest & 0x7F) | 0x80)
        rest >>= 7
      }
      return result + [UInt8(rest)] + content
    }
    let dims: [UInt8] = [8] + [UInt8](repeating: 0xFF, count: 8) + [0x7F]
    let emptyNodes = (0..<300_000).flatMap { _ in [0x0A, 0] as [UInt8] }
    let contents: [[UInt8]] = [
      start + [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
      start + message(0x3A, message(0x2A, dims + [0x10, 1])),
      start + message(0x3A, message(0x2A, [8, 4, 0x10, 1, 0x4A, 1, 0])),
      start + message(0x3A, emptyNodes),
      start + message(0x3A, []) + message(0x3A, []),
      start + [0x0B],
    ]
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("hostile.onnx")
      for content in contents {
        try Data(content).write(to: file)
        #expect(ReferenceComparison.refusal(file.path) != nil)
      }
    }
  }

  @Test func externalDataStaysInItsFolder() throws {
    let name = "mnist_dynamo_pt291_extdata.onnx"
    let model = try intact(name)
    let weights = try intact("mnist.onnx.data")
    try withTemporaryFolder { folder in
      let inner = folder.appendingPathComponent("inner")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      let file = inner.appendingPathComponent(name)
      let data = inner.appendingPathComponent("mnist.onnx.data")
      try model.write(to: file)
      #expect(ReferenceComparison.refusal(file.path)?.message.contains("not there") == true)
      try weights.prefix(1000).write(to: data)
      #expect(ReferenceComparison.refusal(file.path)?.message.contains("outside its file") == true)
      let outside = folder.appendingPathComponent("outside.data")
      try weights.write(to: outside)
      try FileManager.default.removeItem(at: data)
      try FileManager.default.createSymbolicLink(at: data, withDestinationURL: outside)
      #expect(ReferenceComparison.refusal(file.path)?.message.contains("a link out of") == true)
      let place = try #require(model.range(of: Data("mnist.onnx.data".utf8)))
      for escape in ["../outside.data", "/etc/passwd0000"] {
        var changed = model
        changed.replaceSubrange(place, with: Data(escape.utf8))
        try changed.write(to: file)
        #expect(ReferenceComparison.refusal(file.path)?.message.contains("not in the") == true)
      }
    }
  }
}
