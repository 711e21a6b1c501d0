import Foundation
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// A damaged file gives a diagnostic, or a graph that verifies; never a crash, a hang, or more memory
/// than it deserves. `scripts/damaged-files.sh` runs the full numbers, `swift test` fewer.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct DamagedFileTests {
  /// Where the full run puts its table.
  static let table = ProcessInfo.processInfo.environment["SPIKEC_DAMAGED_FILES"]
  static let (cutCount, flipCount) = table == nil ? (8, 20) : (50, 500)
  static let models = [".h5", ".keras", ".onnx"].flatMap {
    SharedFiles.names(in: "models", suffix: $0)
  }.filter { table != nil || !$0.hasPrefix("vgg16") }
  static let options = ImportOptions(inputShape: [32, 32, 3])

  /// What became of the damaged forms of one model.
  private struct Counts {
    var refused = 0
    var imported = 0
    var slowest = Duration.zero

    mutating func add(_ path: String, _ options: ImportOptions) {
      let start = ContinuousClock.now
      if ReferenceComparison.refusal(path, options) == nil { imported += 1 } else { refused += 1 }
      slowest = max(slowest, ContinuousClock.now - start)
    }
  }

  @Test(arguments: models)
  func damagedFilesNeverTrap(_ model: String) throws {
    let intact = try Data(contentsOf: URL(fileURLWithPath: SharedFiles.path("models/\(model)")))
    let options = model.hasPrefix("mtcnn") ? DamagedFileTests.options : ImportOptions()
    let (cuts, flips) = try withTemporaryFolder { folder in
      if model.contains("extdata") {
        try FileManager.default.copyItem(
          atPath: SharedFiles.path("models/mnist.onnx.data"),
          toPath: folder.appendingPathComponent("mnist.onnx.data").path)
      }
      let file = folder.appendingPathComponent(model)
      return (
        try cut(intact, file, options), try flip(intact, file, options, seed: intact.count)
      )
    }
    #expect(cuts.imported == 0)
    #expect(max(cuts.slowest, flips.slowest) < .seconds(10))
    let memory = LargestMemory.megabytes
    #expect(memory < 1024 || DamagedFileTests.table == nil, "\(memory) MB")
    try record(
      "\(model): \(cuts.refused) cuts refused; of \(flips.refused + flips.imported) flipped files"
        + " \(flips.refused) refused, \(flips.imported) imported; slowest"
        + " \(max(cuts.slowest, flips.slowest).formatted(.units(allowed: [.milliseconds])))")
  }

  /// Cut off at places all over the file.
  private func cut(_ intact: Data, _ file: URL, _ options: ImportOptions) throws -> Counts {
    var counts = Counts()
    try intact.write(to: file)
    let handle = try FileHandle(forWritingTo: file)
    for part in (0..<DamagedFileTests.cutCount).reversed() {
      let size = Int(Double(intact.count) * Double(part) / Double(DamagedFileTests.cutCount))
      try handle.truncate(atOffset: UInt64(size))
      counts.add(file.path, options)
    }
    return counts
  }

  /// With up to 8 bytes changed: half of them anywhere, half where structure, text and extents are.
  private func flip(
    _ intact: Data, _ file: URL, _ options: ImportOptions, seed: Int
  ) throws -> Counts {
    let structure = structureOffsets(intact)
    var random = SeededGenerator(state: UInt64(seed))
    var counts = Counts()
    try intact.write(to: file)
    let handle = try FileHandle(forWritingTo: file)
    func put(_ byte: UInt8, at place: Int) throws {
      try handle.seek(toOffset: UInt64(place))
      try handle.write(contentsOf: [byte])
    }
    for _ in 0..<DamagedFileTests.flipCount {
      let places = (0..<Int.random(in: 1...8, using: &random)).map { _ in
        Bool.random(using: &random)
          ? Int.random(in: intact.indices, using: &random)
          : structure.randomElement(using: &random) ?? 0
      }
      for place in places { try put(.random(in: 0...255, using: &random), at: place) }
      counts.add(file.path, options)
      for place in places { try put(intact[place], at: place) }
    }
    return counts
  }

  /// Places near readable text or small numbers, where names and extents lie; weights are mostly none.
  private func structureOffsets(_ data: Data) -> [Int] {
    var places: [Int] = []
    var run = 0
    for (index, byte) in data.enumerated() {
      run = byte < 0x7F ? run + 1 : 0
      if run > 3 { places.append(index) }
    }
    return places.count > 100 ? places : Array(data.indices)
  }

  private func record(_ line: String) throws {
    guard let table = DamagedFileTests.table else { return }
    let descriptor = open(table, O_WRONLY | O_APPEND | O_CREAT, 0o644)
    try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      .write(contentsOf: Data((line + "\n").utf8))
  }
}

/// The memory of this process at its largest.
enum LargestMemory {
  static var megabytes: Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss >> 10
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss >> 20
    #endif
  }
}
