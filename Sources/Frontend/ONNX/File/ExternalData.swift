import COnnx
import Foundation
import SpikeIR

/// Files beside a model that hold its weights.
final class ExternalData {
  private let folders: [URL]
  private var files: [String: FileBytes] = [:]

  /// The files that the model at `path` may name: those in its folder, and, where the model is a
  /// link, as in download caches, those in the folder that it points to.
  init(ofModel path: String) {
    let model = URL(fileURLWithPath: path)
    folders = [
      model.deletingLastPathComponent(),
      model.resolvingSymlinksInPath().deletingLastPathComponent(),
    ]
  }

  /// Where the elements of a tensor lie.
  ///
  /// - Throws: a `Diagnostic` if the place is missing, too short or outside the model's folder.
  func encoding(of tensor: Onnx__TensorProto, byteCount: Int, name: String) throws
    -> OnnxTensor.Encoding
  {
    var entries: [String: String] = [:]
    for index in 0..<tensor.n_external_data {
      guard let entry = tensor.external_data[index]?.pointee, let key = entry.key,
        let value = entry.value
      else { continue }
      entries[String(cString: key)] = String(cString: value)
    }
    let file = try open(entries["location"] ?? "", tensor: name)
    guard let offset = Int(entries["offset"] ?? "0"),
      let length = Int(entries["length"] ?? "\(byteCount)"), length == byteCount, offset >= 0,
      offset <= file.count, length <= file.count - offset
    else {
      throw Diagnostic(
        "the tensor '\(name)' lies outside its file '\(entries["location"] ?? "")'",
        notes: ["the file beside the model is not the one that was saved with it, or is truncated"])
    }
    return .fixed(file, offset..<offset + length)
  }

  private func open(_ location: String, tensor: String) throws -> FileBytes {
    if let known = files[location] { return known }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.isEmpty, !location.hasPrefix("/"), !parts.contains("..") else {
      throw Diagnostic(
        "the tensor '\(tensor)' names the file '\(location)', which is not in the model's folder",
        notes: ["weights are read only from the folder that the model lies in"])
    }
    let url = folders[0].appendingPathComponent(location)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw Diagnostic(
        "its weights are in the file '\(location)', which is not there",
        notes: ["put \(location) beside the model"])
    }
    let target = url.resolvingSymlinksInPath().path
    guard folders.contains(where: { target.hasPrefix($0.resolvingSymlinksInPath().path + "/") })
    else {
      throw Diagnostic(
        "the tensor '\(tensor)' names the file '\(location)', a link out of the model's folder",
        notes: ["weights are read only from the folder that the model lies in"])
    }
    let file = try FileBytes(path: target)
    files[location] = file
    return file
  }
}
