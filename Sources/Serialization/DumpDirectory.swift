import Foundation
import HDF5
import SpikeIR

/// A folder with the IR after every pass, as text, and what changed from one to the next.
///
/// All weights stand in one file, `weights.h5`, one group a dump; a constant that a pass did not
/// change is stored once.
public final class DumpDirectory {
  private let folder: URL
  private let file: HDF5File
  private var previous: (graph: Graph, group: String, text: String)?

  /// Creates the folder; dumps that lie in it are replaced.
  ///
  /// - Throws: a `Diagnostic` if the folder cannot be written.
  public init(_ path: String) throws {
    folder = URL(fileURLWithPath: path, isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let weights = folder.appendingPathComponent("weights.h5").path
      try? FileManager.default.removeItem(atPath: weights)
      file = try HDF5File.create(weights)
    } catch let error as HDF5Error {
      throw Diagnostic("the dumps cannot be written: \(error)", file: path)
    } catch {
      throw Diagnostic("the dumps cannot be written: \(error.localizedDescription)", file: path)
    }
  }

  /// Adds the graph that `pass` left, the `index`-th dump.
  ///
  /// - Throws: a `Diagnostic` if it cannot be written.
  public func add(_ graph: Graph, index: Int, pass: String) throws {
    let digits = String(index)
    let name = String(repeating: "0", count: max(0, 3 - digits.count)) + digits + "_" + pass
    do {
      try writeWeights(graph, group: name)
      let text = graph.text(weights: "weights.h5:\(name)")
      try write(text, to: "\(name).spk")
      if let previous {
        try write(LineDiff(previous.text, text).text, to: "\(name).diff")
      }
      previous = (graph, name, text)
    } catch let error as HDF5Error {
      throw Diagnostic(error.description)
    } catch let error as CocoaError {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: folder.path)
    }
  }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
  }

  private func writeWeights(_ graph: Graph, group: String) throws {
    for id in graph.constants.ids {
      let key = WeightFile.key(graph.constants.name(of: id))
      if let previous, previous.graph.constants.contains(id),
        previous.graph.constants[id] == graph.constants[id]
      {
        // A constant keeps its id, but may have got another name.
        let old = WeightFile.key(previous.graph.constants.name(of: id))
        try file.root.link(from: "\(previous.group)/\(old)", to: "\(group)/\(key)")
      } else {
        try WeightFile.write(graph.constants[id], to: file, "\(group)/\(key)")
      }
    }
    try file.flush()
  }
}
