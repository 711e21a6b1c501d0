import Foundation
import SpikeIR

/// What a file is, by its first bytes.
enum FileSignature: Equatable {
  case hdf5, zip, protobuf, webPage, gitPointer, empty, unknown

  /// Looks at the first bytes of the file at `path`.
  ///
  /// - Throws: a `Diagnostic` if there is no such file or it cannot be read.
  init(ofFile path: String) throws {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw Diagnostic("no such file")
    }
    guard !isDirectory.boolValue else {
      throw Diagnostic(
        "is a folder, not a model file",
        notes: ["a SavedModel folder is not read; save the model as .h5: model.save(\"m.h5\")"])
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw Diagnostic("cannot be read", notes: ["check the file's permissions"])
    }
    defer { try? handle.close() }
    let start = [UInt8](try handle.read(upToCount: 4096) ?? Data())
    self = FileSignature(start: start)
    if self == .unknown, try FileSignature.hasUserBlock(handle) { self = .hdf5 }
  }

  /// Classifies the first bytes of a file.
  init(start: [UInt8]) {
    let text = String(decoding: start.prefix(512), as: UTF8.self)
      .drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    if start.isEmpty {
      self = .empty
    } else if start.starts(with: FileSignature.magic) {
      self = .hdf5
    } else if start.starts(with: [0x50, 0x4B, 3, 4]) {
      self = .zip
    } else if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
      self = .webPage
    } else if text.hasPrefix("version https://git-lfs") {
      self = .gitPointer
    } else if start.count > 2, start[0] == 0x08, start[1] < 0x20,
      FileSignature.secondTags.contains(start[2])
    {
      // ONNX begins with its ir_version (field 1, a small integer).
      self = .protobuf
    } else {
      self = .unknown
    }
  }

  /// The tags of what follows ir_version: producer's name and version, domain, model_version,
  /// doc_string, graph, opset_import, metadata_props.
  private static let secondTags: Set<UInt8> = [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72]
  private static let magic: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// HDF5 allows a block of the user's own before the signature, of 512 bytes times a power of 2.
  private static func hasUserBlock(_ handle: FileHandle) throws -> Bool {
    for shift in 9..<20 {
      try handle.seek(toOffset: 1 << shift)
      guard let bytes = try handle.read(upToCount: 8), bytes.count == 8 else { return false }
      if [UInt8](bytes) == magic { return true }
    }
    return false
  }

  /// Why a file with this signature is not read, and what to do.
  var refusal: Diagnostic {
    let saveAsH5 = "load the model where it was trained and save it by model.save(\"model.h5\")"
    switch self {
    case .hdf5, .zip, .protobuf: return Diagnostic("holds no model that can be read")
    case .webPage:
      return Diagnostic(
        "starts like an HTML page, not like a model",
        notes: ["the download probably gave an error page; get the raw file"])
    case .gitPointer:
      return Diagnostic("is a Git LFS pointer, not the model itself", notes: ["run git lfs pull"])
    case .empty: return Diagnostic("is empty")
    case .unknown:
      return Diagnostic(
        "is no model file: it has the signature of neither HDF5 (.h5), .keras nor ONNX",
        notes: [saveAsH5])
    }
  }
}
