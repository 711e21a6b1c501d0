import Foundation

/// Inputs of a network, and what they show.
public struct LabelledData: Sendable {
  /// The inputs, one a row.
  public let inputs: NDArray
  /// The class of each input, from 0; nil where the file has none.
  public let labels: [Int]?

  /// Reads `.npz` or `.npy`, told apart by their contents.
  ///
  /// In an `.npz` the inputs are `x`, else `images`, `data`, `arr_0`, else the only array of two or
  /// more dimensions; the labels are `y`, else `labels`, `targets`. An `.npy` holds inputs only.
  /// Without `readsLabels` only the inputs are looked at: what is called `y` may be anything.
  ///
  /// - Throws: ``DataError`` where the file cannot be read, where none of its arrays can be told to
  ///   be the inputs, where they are empty, and where the labels do not fit them.
  public static func load(_ path: String, readsLabels: Bool = true) throws -> LabelledData {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw DataError(file: path, member: "", message: "is a folder, not an .npz or .npy file")
    }
    let start = FileHandle(forReadingAtPath: path).flatMap { try? $0.read(upToCount: 2) }
    guard start.map(Array.init) == Array("PK".utf8) else {
      return LabelledData(inputs: try checked(NPYFile.read(path), path, ""), labels: nil)
    }
    let archive = try NPZArchive(path)
    let (name, array) = try inputs(of: archive)
    let inputs = try checked(array, path, name)
    let names = readsLabels ? ["y", "labels", "targets"] : []
    guard let labels = names.first(where: archive.names.contains) else {
      return LabelledData(inputs: inputs, labels: nil)
    }
    return LabelledData(
      inputs: inputs, labels: try Self.labels(labels, of: archive, count: inputs.rowCount))
  }

  private static func inputs(of archive: NPZArchive) throws -> (name: String, array: NDArray) {
    let usual = ["x", "images", "data", "arr_0"]
    if let name = usual.first(where: archive.names.contains) {
      return (name, try archive.array(named: name))
    }
    let found = try archive.names.map { ($0, try archive.array(named: $0)) }
      .filter { $0.1.shape.count >= 2 }
    guard found.count == 1 else {
      throw DataError(
        file: archive.path, member: "",
        message: "which array holds the inputs? Expected \(usual.joined(separator: ", ")) or one "
          + "array of two or more dimensions; there are: \(archive.names.joined(separator: ", "))")
    }
    return found[0]
  }

  private static func checked(_ array: NDArray, _ path: String, _ name: String) throws -> NDArray {
    guard !array.shape.isEmpty, array.count > 0 else {
      throw DataError(
        file: path, member: name,
        message: "has shape \(array.shape); expected one row or more, one for each input")
    }
    return array
  }

  private static func labels(_ name: String, of archive: NPZArchive, count: Int) throws -> [Int] {
    let array = try archive.array(named: name)
    guard array.shape == [count] || array.shape == [count, 1] else {
      throw DataError(
        file: archive.path, member: name,
        message: "has shape \(array.shape); expected [\(count)], one class for each input")
    }
    guard let labels = array.integers(), labels.allSatisfy({ $0 >= 0 }) else {
      throw DataError(
        file: archive.path, member: name, message: "expected whole numbers from 0 for classes")
    }
    return labels
  }
}
