import Foundation
import HDF5
import SpikeIR

/// The values of constants in an HDF5 file: one dataset each, named as the constant.
///
/// Floats are stored as 32-bit floats, integers as the narrowest of 8, 16 and 32 bits.
enum WeightFile {
  /// Reads constants from `reference`: a file beside `path`, and behind a colon a group in it.
  ///
  /// - Throws: a `Diagnostic` or `HDF5Error` if the file cannot be opened.
  static func provider(_ reference: String, beside path: String) throws -> ConstantProvider {
    let parts = reference.split(separator: ":", maxSplits: 1).map(String.init)
    guard let name = parts.first, !name.contains("/"), name != ".." else {
      throw Diagnostic("the weights must lie beside the text, not at '\(reference)'")
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let file = try HDF5File.open(folder.appendingPathComponent(name).path)
    let group = parts.count > 1 ? parts[1] : ""
    return { constant, shape, isInteger in
      let dataset = try file.root.dataset("\(group)/\(key(constant))")
      guard dataset.shape == shape else {
        throw Diagnostic("\(name) holds it with shape \(dataset.shape), not \(shape)")
      }
      if isInteger { return Tensor(shape, integers: try dataset.read(as: Int32.self)) }
      return Tensor(shape, try dataset.read(as: Float.self))
    }
  }

  /// The name of a constant's dataset: a slash would be a group.
  static func key(_ constant: String) -> String {
    constant.replacing("%", with: "%25").replacing("/", with: "%2F")
  }

  /// Writes all constants into a group.
  static func write(_ constants: ConstantTable, to file: HDF5File, group: String) throws {
    for id in constants.ids {
      try write(constants[id], to: file, "\(group)/\(key(constants.name(of: id)))")
    }
  }

  /// Writes one constant.
  static func write(_ tensor: Tensor, to file: HDF5File, _ path: String) throws {
    guard tensor.isInteger else {
      return try file.root.write(path, tensor.floats, shape: tensor.shape)
    }
    let values = tensor.integers
    let largest = values.map(\.magnitude).max() ?? 0
    if largest < 128 {
      try file.root.write(path, values.map { Int8($0) }, shape: tensor.shape)
    } else if largest < 32768 {
      try file.root.write(path, values.map { Int16($0) }, shape: tensor.shape)
    } else {
      try file.root.write(path, values, shape: tensor.shape)
    }
  }
}
