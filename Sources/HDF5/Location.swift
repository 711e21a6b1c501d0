import CHDF5

/// An object of a file and where it stands, for error messages.
struct Location: Sendable {
  /// Where its content is.
  enum Object: Sendable {
    /// In a file that was read, by number.
    case stored(Snapshot, Int)
    /// In a file that is being written.
    case written(Handle)
  }

  /// The path of the file.
  let file: String
  /// The path inside the file, from `/`.
  let path: String
  let object: Object

  /// The path inside the file of what is called `name` here.
  func path(of name: String) -> String {
    path == "/" ? "/\(name)" : "\(path)/\(name)"
  }

  /// The same, known by a path of its own.
  func at(_ path: String, _ object: Object? = nil) -> Location {
    Location(file: file, path: path, object: object ?? self.object)
  }

  /// What was read of it.
  ///
  /// - Throws: ``HDF5Error`` where the file is being written.
  func stored() throws -> (snapshot: Snapshot, object: StoredObject) {
    guard case .stored(let snapshot, let number) = object else {
      throw error("is being written: open the file to read it")
    }
    return (snapshot, snapshot.objects[number])
  }

  /// libhdf5's identifier of it.
  ///
  /// - Throws: ``HDF5Error`` where the file was opened to be read.
  func writable() throws -> hid_t {
    guard case .written(let handle) = object else {
      throw error("cannot be written: its file is open to be read only")
    }
    return handle.id
  }

  func error(_ message: String) -> HDF5Error {
    HDF5Error(file: file, object: path, message: message)
  }

  /// An error that ends with libhdf5's own reason; the library's lock is held.
  func failure(_ message: String) -> HDF5Error {
    error(message + libraryReason())
  }
}
