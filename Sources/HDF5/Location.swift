import CHDF5

/// An open object and where it stands, for error messages and bounds.
struct Location: Sendable {
  /// The path of the file.
  let file: String
  /// The size of the file: what bounds the data it can hold. `.max` where it is being written.
  let fileByteCount: Int
  /// The path inside the file, from `/`.
  let path: String
  let handle: Handle

  var id: hid_t { handle.id }

  /// The path inside the file of what is called `name` here.
  func path(of name: String) -> String {
    path == "/" ? "/\(name)" : "\(path)/\(name)"
  }

  func error(_ message: String) -> HDF5Error {
    HDF5Error(file: file, object: path, message: message)
  }

  /// An error that ends with libhdf5's own reason; the library's lock is held.
  func failure(_ message: String) -> HDF5Error {
    error(message + libraryReason())
  }
}
