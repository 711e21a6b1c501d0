import Foundation
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// `.keras` archives: those of ../shared/models, and small ones in Tests/Fixtures/keras.
struct KerasArchiveTests {
  static let models =
    SharedFiles.areThere ? SharedFiles.names(in: "models", suffix: ".keras") : []
  static let refused = "jet_qkeras_custom_keras3141.keras"
  static let fixtures =
    ((try? FileManager.default.contentsOfDirectory(atPath: FixtureTests.folder.path)) ?? [])
    .filter { $0.hasSuffix(".keras") }.sorted()

  @Test(arguments: models.filter { $0 != refused })
  func computesWhatWasRecorded(_ model: String) throws {
    let imported = try Importer.load(path: SharedFiles.path("models/\(model)"))
    let references = SharedFiles.names(in: "models/reference", suffix: ".npz")
      .filter { $0.hasPrefix(model) }
    #expect(!references.isEmpty)
    for reference in references {
      let difference = try ReferenceComparison.largestDifference(
        imported.graph, reference: SharedFiles.path("models/reference/\(reference)"))
      #expect(difference <= 1e-4, "\(reference): \(difference)")
    }
  }

  @Test(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
  func refusesCustomLayers() throws {
    let path = SharedFiles.path("models/\(KerasArchiveTests.refused)")
    let refusal = try #require(ReferenceComparison.refusal(path))
    #expect(refusal.message.contains("QDense"))
    #expect(refusal.origin == Origin("fc1"))
  }

  /// The same network, saved as `.h5`, gives the same weights.
  @Test(arguments: fixtures)
  func equalsItsHDF5Form(_ model: String) throws {
    let archive = FixtureTests.folder.appendingPathComponent(model).path
    let other = String(archive.dropLast(6)) + ".h5"
    let (a, b) = (try Importer.load(path: archive).graph, try Importer.load(path: other).graph)
    #expect(a.nodes.map(\.name) == b.nodes.map(\.name))
    #expect(a.nodes.map(\.type) == b.nodes.map(\.type))
    let values = [a, b].map { graph in graph.constants.ids.map { graph.constants[$0] } }
    let areEqual = values[0] == values[1]
    #expect(areEqual)
  }

  @Test(.enabled(if: SharedFiles.areThere, SharedFiles.reason), arguments: models)
  func damagedArchivesNeverTrap(_ model: String) throws {
    let intact = try Data(contentsOf: URL(fileURLWithPath: SharedFiles.path("models/\(model)")))
    var random = SeededGenerator(state: UInt64(intact.count))
    try withTemporaryFolder { folder in
      let damaged = folder.appendingPathComponent("damaged.keras")
      for part in 0..<20 {
        try intact.prefix(intact.count * part / 20).write(to: damaged)
        #expect(ReferenceComparison.refusal(damaged.path) != nil)
      }
      for _ in 0..<40 {
        var bytes = intact
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          // The configuration lies in front, the directory at the end.
          let offset = Int.random(in: 0..<min(8000, bytes.count), using: &random)
          let place = Bool.random(using: &random) ? offset : bytes.count - 1 - offset / 20
          bytes[place] = .random(in: 0...255, using: &random)
        }
        try bytes.write(to: damaged)
        _ = ReferenceComparison.refusal(damaged.path)
      }
    }
  }

  @Test func otherArchivesAreRefused() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("empty.keras")
      try Data([0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 60)).write(to: file)
      #expect(ReferenceComparison.refusal(file.path)?.message.contains("zip archive") == true)
    }
  }
}
