/// What is wrong with a file of data.
public struct DataError: Error, Equatable, CustomStringConvertible {
  /// The path of the file, as it was given.
  public let file: String
  /// The array in an `.npz`, without `.npy`; empty where it is the file itself.
  public let member: String
  /// What is wrong, and what is expected.
  public let message: String

  /// `file: member: message`.
  public var description: String {
    member.isEmpty ? "\(file): \(message)" : "\(file): \(member): \(message)"
  }
}
