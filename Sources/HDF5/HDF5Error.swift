import CHDF5

/// What is wrong with an HDF5 file, or with what was asked of it.
public struct HDF5Error: Error, Equatable, CustomStringConvertible {
  /// The path of the file, as it was opened.
  public let file: String
  /// The path inside the file; `"name"` after `@` is an attribute. Empty where it is the file itself.
  public let object: String
  /// What is wrong.
  public let message: String

  /// `file: object: message`.
  public var description: String {
    object.isEmpty ? "\(file): \(message)" : "\(file): \(object): \(message)"
  }
}

/// What libhdf5 gives as the innermost reason of its last failure, in parentheses after a space.
/// To be asked for right after the failure, with the library's lock held.
func libraryReason() -> String {
  let reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
    spikec_h5_reason(buffer.baseAddress)
    return String(cString: buffer.baseAddress!)
  }
  return reason.isEmpty ? "" : " (\(reason))"
}
