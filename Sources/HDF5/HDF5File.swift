import CHDF5
import Foundation

/// An HDF5 file. It stays open as long as it, or a group or dataset of it, is referenced.
///
/// Nothing leaves the file: external links, external storage, virtual datasets and filter plug-ins
/// are refused, since a file from elsewhere could name any path with them.
public struct HDF5File: Sendable {
  /// The path it was opened or created with.
  public let path: String
  /// The group `/`.
  public let root: HDF5Group
  private let handle: Handle

  private init(path: String, handle: Handle, byteCount: Int) throws {
    self.path = path
    self.handle = handle
    guard let group = Handle(H5Gopen2(handle.id, "/", spikec_h5_default())) else {
      throw HDF5Error(
        file: path, object: "", message: "truncated or corrupt HDF5 file\(libraryReason())")
    }
    root = HDF5Group(
      location: Location(file: path, fileByteCount: byteCount, path: "/", handle: group))
  }

  /// Opens the file at `path` to read it. It is read once in full in a process of its own before,
  /// since corrupt files can crash libhdf5.
  ///
  /// - Throws: ``HDF5Error`` where there is no such file, where it is not an HDF5 file, and where it
  ///   is one that is truncated or corrupt.
  public static func open(_ path: String) throws -> HDF5File {
    let byteCount = try regularFileSize(path)
    return try withLibrary {
      guard H5Fis_hdf5(path) > 0 else {
        throw HDF5Error(file: path, object: "", message: "not an HDF5 file (no HDF5 signature)")
      }
      try probe(path, byteCount: byteCount)
      guard let handle = Handle(spikec_h5_open_to_read(path)) else {
        throw HDF5Error(
          file: path, object: "", message: "truncated or corrupt HDF5 file\(libraryReason())")
      }
      return try HDF5File(path: path, handle: handle, byteCount: byteCount)
    }
  }

  /// Creates an empty file at `path`, in place of what was there.
  ///
  /// - Throws: ``HDF5Error`` where the file cannot be written.
  public static func create(_ path: String) throws -> HDF5File {
    try withLibrary {
      let creation = Handle(spikec_h5_untimed_file_creation())
      guard let creation, let handle = Handle(spikec_h5_create(path, creation.id)) else {
        throw HDF5Error(file: path, object: "", message: "cannot be created\(libraryReason())")
      }
      return try HDF5File(path: path, handle: handle, byteCount: .max)
    }
  }

  /// Writes out what is buffered. Without it the last writes happen, unchecked, when the file closes.
  ///
  /// - Throws: ``HDF5Error`` where the file cannot be written, a full disk for one.
  public func flush() throws {
    try withLibrary {
      guard H5Fflush(handle.id, H5F_SCOPE_GLOBAL) >= 0 else {
        throw HDF5Error(file: path, object: "", message: "cannot be written\(libraryReason())")
      }
    }
  }

  /// Refuses a file that crashes libhdf5 or keeps it from coming to an end.
  private static func probe(_ path: String, byteCount: Int) throws {
    let seconds = 10 + byteCount / 10_000_000
    let signal = spikec_h5_probe(path, Double(byteCount), UInt32(clamping: seconds))
    guard signal != 0 else { return }
    let message =
      switch signal {
      case -1: "cannot be checked: no process can be started"
      case SIGALRM: "corrupt HDF5 file: reading it does not end within \(seconds) seconds"
      default: "corrupt HDF5 file: it crashes the HDF5 library"
      }
    throw HDF5Error(file: path, object: "", message: message)
  }

  private static func regularFileSize(_ path: String) throws -> Int {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw HDF5Error(file: path, object: "", message: "no such file")
    }
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular,
      let size = attributes[.size] as? NSNumber
    else {
      throw HDF5Error(
        file: path, object: "",
        message: isDirectory.boolValue ? "is a directory, not an HDF5 file" : "is not a file")
    }
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw HDF5Error(file: path, object: "", message: "cannot be read: permission denied")
    }
    return size.intValue
  }
}
