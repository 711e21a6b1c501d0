import CZip
import Foundation
import HDF5
import SpikeIR

/// A `.keras` file: a zip archive of a configuration, the weights as HDF5, and what saved them.
final class KerasArchive {
  private let archive: OpaquePointer
  private static let saveAgain = "save the whole model: model.save(\"model.keras\")"
  /// A configuration has about 1 MB, weights and an optimiser's state at most a few GB.
  private static let largestText = 1 << 24
  private static let largestWeights = 1 << 32

  /// Opens the archive at `path`.
  ///
  /// - Throws: a `Diagnostic` if it is damaged.
  init(path: String) throws {
    var code: Int32 = 0
    guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
      throw Diagnostic(
        "is a zip archive that cannot be opened: truncated or damaged",
        notes: ["get the file again, or \(KerasArchive.saveAgain)"])
    }
    self.archive = archive
  }

  deinit { zip_discard(archive) }

  /// The text of a member.
  ///
  /// - Throws: a `Diagnostic` if there is none, or if it is damaged.
  func text(_ name: String) throws -> String {
    var bytes: [UInt8] = []
    try read(name, limit: KerasArchive.largestText) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The weights, as an HDF5 file. It is taken out of the archive and removed when it is closed.
  ///
  /// - Throws: a `Diagnostic` if there are none, or if they are damaged; an `HDF5Error`.
  func weights() throws -> HDF5File {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("spikec-\(UUID().uuidString).h5")
    guard FileManager.default.createFile(atPath: file.path, contents: nil),
      let handle = FileHandle(forWritingAtPath: file.path)
    else { throw Diagnostic("cannot write a temporary file, \(file.path)") }
    // An open file outlives its name.
    defer { try? FileManager.default.removeItem(at: file) }
    try read("model.weights.h5", limit: KerasArchive.largestWeights) {
      try handle.write(contentsOf: $0)
    }
    try handle.close()
    return try HDF5File.open(file.path)
  }

  private func read(_ name: String, limit: Int, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
    var status = zip_stat_t()
    guard zip_stat(archive, name, 0, &status) == 0 else {
      throw Diagnostic(
        "is a zip archive without \(name): no whole model that Keras saved as .keras",
        notes: [
          KerasArchive.saveAgain,
          "PyTorch checkpoints are zip archives too: export the network as ONNX",
        ])
    }
    // Deflate makes data at most about 1,032 times smaller.
    guard status.size <= limit, status.size / 1100 <= status.comp_size,
      let member = zip_fopen_index(archive, status.index, 0)
    else { throw damaged(name) }
    defer { zip_fclose(member) }
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    var rest = Int(status.size)
    while rest > 0 {
      let got = Int(zip_fread(member, &chunk, zip_uint64_t(min(chunk.count, rest))))
      guard got > 0 else { throw damaged(name) }
      try body(chunk[..<got])
      rest -= got
    }
    // The check sum is compared when the end is met.
    guard zip_fread(member, &chunk, 1) == 0 else { throw damaged(name) }
  }

  private func damaged(_ name: String) -> Diagnostic {
    Diagnostic(
      "holds a damaged \(name)", notes: ["get the file again, or \(KerasArchive.saveAgain)"])
  }
}
