import Foundation
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// Damaged and hostile ONNX files give a diagnostic, or what their intact parts hold; never a trap,
/// a hang, or more memory than the file deserves.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct OnnxDamagedFileTests {
  private func intact(_ model: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: SharedFiles.path("models/\(model)")))
  }

  @Test(arguments: OnnxSharedModelTests.models)
  func truncatedFilesAreRefused(_ model: String) throws {
    let intact = try intact(model)
    try withTemporaryFolder { folder in
      let cut = folder.appendingPathComponent("cut.onnx")
      for part in 0..<50 {
        try intact.prefix(intact.count * part / 50).write(to: cut)
        #expect(ReferenceComparison.refusal(cut.path) != nil)
      }
    }
  }

  @Test(arguments: OnnxSharedModelTests.models)
  func flippedBytesNeverTrap(_ model: String) throws {
    let intact = try intact(model)
    let structure = structureOffsets(intact)
    var random = SeededGenerator(state: UInt64(intact.count))
    try withTemporaryFolder { folder in
      let flipped = folder.appendingPathComponent("flipped.onnx")
      for _ in 0..<500 {
        var bytes = intact
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let place = structure.randomElement(using: &random) ?? 0
          bytes[place] = .random(in: 0...255, using: &random)
        }
        try bytes.write(to: flipped)
        let start = ContinuousClock.now
        _ = ReferenceComparison.refusal(flipped.path)
        #expect(ContinuousClock.now - start < .seconds(10))
      }
    }
  }

  /// Places near readable text, where names and extents lie; weights are mostly none.
  private func structureOffsets(_ data: Data) -> [Int] {
    var places: [Int] = []
    var run = 0
    for (index, byte) in data.enumerated() {
      run = (0x20..<0x7F).contains(byte) || byte < 0x20 ? run + 1 : 0
      if run > 3 { places.append(index) }
    }
    return places.count > 100 ? places : Array(data.indices)
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
