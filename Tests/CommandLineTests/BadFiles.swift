import Foundation
import HDF5
import SpikeData

/// A folder of files that nobody should feed to a compiler.
enum BadFiles {
  /// The folder, made once.
  static let folder: URL = {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("spikec-bad-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try writeModels(folder)
      try writeData(folder)
    } catch { preconditionFailure("the bad files cannot be written: \(error)") }
    return folder
  }()

  private static func writeModels(_ folder: URL) throws {
    func write(_ name: String, _ data: Data) throws {
      try data.write(to: folder.appendingPathComponent(name))
    }
    let model = try Data(contentsOf: URL(fileURLWithPath: Digits.model))
    try write("truncated.h5", model.prefix(model.count / 2))
    try write("corrupt.h5", model.replaced(1000..<1400, by: [UInt8](repeating: 0xFF, count: 400)))
    try write("empty.h5", Data())
    try write("text.h5", Data("hello".utf8))
    try write("page.h5", Data("<!DOCTYPE html><html>Not found</html>".utf8))
    try write("config.h5", model.replacing("model_weights", by: "model_weightz"))
    try write("weights.h5", model.replacing("model_config", by: "model_confih"))
    try write("nan.h5", try modelWithNaN(model))
    try write("broken.spk", Data("graph \"x\" {}\n%a = conv3d %b : f32[2]\n".utf8))
    let hidden = folder.appendingPathComponent("folder")
    try FileManager.default.createDirectory(at: hidden, withIntermediateDirectories: true)
  }

  /// The model with NaN for the first weights of its first convolution.
  private static func modelWithNaN(_ model: Data) throws -> Data {
    func kernel(_ group: HDF5Group, _ depth: Int) throws -> HDF5Dataset? {
      for name in try group.children() where depth < 8 {
        if try group.kind(name) == .group {
          if let found = try kernel(group.group(name), depth + 1) { return found }
        } else if name.hasPrefix("kernel") {
          return try group.dataset(name)
        }
      }
      return nil
    }
    let file = try HDF5File.open(Digits.model)
    guard let dataset = try kernel(file.root.group("model_weights"), 0) else { return model }
    let values = try dataset.read(as: Float.self).prefix(4)
    let bytes = Data(
      values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) })
    guard let place = model.range(of: bytes) else { return model }
    return model.replaced(place, by: [UInt8](repeating: 0xFF, count: place.count))
  }

  private static func writeData(_ folder: URL) throws {
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    let good = try LabelledData.load(Digits.test).inputs
    let count = good.rowCount
    func write(_ name: String, _ x: NDArray, _ y: [Int]? = nil) throws {
      let labels = y.map { [("y", NDArray($0, shape: [$0.count]))] } ?? []
      try NPZArchive.write([("x", x)] + labels, to: path(name))
    }
    let zeros = [Int](repeating: 0, count: count)
    try write("shape.npz", NDArray([UInt8](repeating: 1, count: 405), shape: [5, 9, 9, 1]))
    var values = good.floats().map { $0 / 16 }
    values[200] = .nan
    try write("nan.npz", NDArray(values, shape: good.shape), zeros)
    try write("zeros.npz", NDArray([UInt8](repeating: 0, count: good.count), shape: good.shape))
    try write("none.npz", NDArray([UInt8](), shape: [0, 8, 8, 1]))
    try write("unlabelled.npz", good)
    try write("short.npz", good, [1, 2, 3])
    try write("range.npz", good, zeros.map { $0 + 14 })
    try write("negative.npz", good, zeros.map { $0 - 1 })
    try NPYFile.write(good, to: path("good.npy"))
    let npy = try Data(contentsOf: URL(fileURLWithPath: path("good.npy")))
    try npy.prefix(3000).write(to: URL(fileURLWithPath: path("truncated.npy")))
    try npy.replacing("'|u1'", by: "'<U1'").write(to: URL(fileURLWithPath: path("text.npy")))
    let npz = try Data(contentsOf: URL(fileURLWithPath: Digits.test))
    try npz.prefix(npz.count / 2).write(to: URL(fileURLWithPath: path("truncated.npz")))
    let damage = [UInt8](repeating: 0xFF, count: 60)
    try npz.replaced(200..<260, by: damage).write(to: URL(fileURLWithPath: path("corrupt.npz")))
  }
}

extension Data {
  fileprivate func replaced(_ range: Range<Int>, by bytes: [UInt8]) -> Data {
    var result = self
    result.replaceSubrange(range, with: bytes)
    return result
  }

  /// The data with every occurrence of a text replaced by another of the same length.
  fileprivate func replacing(_ text: String, by other: String) -> Data {
    var result = self
    while let place = result.range(of: Data(text.utf8)) {
      result.replaceSubrange(place, with: Data(other.utf8))
    }
    return result
  }
}
