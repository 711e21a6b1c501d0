import CHDF5
import Foundation

/// An HDF5 file. It stays open as long as it, or a group or dataset of it, is referenced.
///
/// A file is either opened, and read, or created, and written. Nothing leaves it: external links,
/// external storage, virtual datasets and filter plug-ins are refused, since a file from elsewhere
/// could name any path with them.
public struct HDF5File: Sendable {
  /// The path it was opened or created with.
  public let path: String
  /// The group `/`.
  public let root: HDF5Group
  /// Of a file that is being written.
  private let handle: Handle?

  /// Opens the file at `path` to read it, by a process of its own: see `Snapshot`.
  ///
  /// - Throws: ``HDF5Error`` where there is no such file, where it is not an HDF5 file, and where it
  ///   is one that is truncated or corrupt.
  public static func open(_ path: String) throws -> HDF5File {
    try checkIsFile(path)
    let root = Location(file: path, path: "/", object: .stored(try Snapshot(path: path), 0))
    return HDF5File(path: path, root: HDF5Group(location: root), handle: nil)
  }

  /// Creates an empty file at `path`, in place of what was there.
  ///
  /// - Throws: ``HDF5Error`` where the file cannot be written.
  public static func create(_ path: String) throws -> HDF5File {
    try withLibrary {
      let creation = Handle(spikec_h5_untimed_file_creation())
      guard let creation, let handle = Handle(spikec_h5_create(path, creation.id)),
        let group = Handle(H5Gopen2(handle.id, "/", spikec_h5_default()))
      else {
        throw HDF5Error(file: path, object: "", message: "cannot be created\(libraryReason())")
      }
      let root = Location(file: path, path: "/", object: .written(group))
      return HDF5File(path: path, root: HDF5Group(location: root), handle: handle)
    }
  }

  /// Writes out what is buffered. Without it the last writes happen, unchecked, when the file closes.
  ///
  /// - Throws: ``HDF5Error`` where the file cannot be written, a full disk for one.
  public func flush() throws {
    guard let handle else { return }
    try withLibrary {
      guard H5Fflush(handle.id, H5F_SCOPE_GLOBAL) >= 0 else {
        throw HDF5Error(file: path, object: "", message: "cannot be written\(libraryReason())")
      }
    }
  }

  private static func checkIsFile(_ path: String) throws {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw HDF5Error(file: path, object: "", message: "no such file")
    }
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular else {
      throw HDF5Error(
        file: path, object: "",
        message: isDirectory.boolValue ? "is a directory, not an HDF5 file" : "is not a file")
    }
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw HDF5Error(file: path, object: "", message: "cannot be read: permission denied")
    }
  }
}
