import Foundation
import HDF5
import SpikeIR

/// A graph as text, `net.spk`, with its weights beside it in one HDF5 file, `net.spk.h5`: a name
/// that no trained model has, which may well lie there as `net.h5`.
public enum IRFile {
  /// Reads a graph, at whatever stage it was written.
  ///
  /// - Throws: a `Diagnostic` that names the file, and the line if the text is at fault.
  public static func read(_ path: String) throws -> Graph {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Diagnostic("there is no such file, or it cannot be read", file: path)
    }
    guard data.count < 1 << 26, let text = String(data: data, encoding: .utf8) else {
      throw Diagnostic("it is not the text of an IR dump", file: path)
    }
    do {
      return try Graph(parsing: text) { weights in
        guard let weights else {
          return { _, _, _ in throw Diagnostic("the text names no file for its values") }
        }
        return try WeightFile.provider(weights, beside: path)
      }
    } catch let diagnostic as Diagnostic {
      throw diagnostic.inFile(path)
    } catch let error as HDF5Error {
      throw Diagnostic(error.description, file: path)
    }
  }

  /// Writes a graph to `path`, and its weights beside it.
  ///
  /// Both files get temporary names first, then their own.
  ///
  /// - Throws: a `Diagnostic` that names the file if it cannot be written.
  public static func write(_ graph: Graph, to path: String) throws {
    let weights = path + ".h5"
    let scratch = weights + ".partial"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    do {
      let file = try HDF5File.create(scratch)
      try WeightFile.write(graph.constants, to: file, group: "/")
      try file.flush()
      let name = (weights as NSString).lastPathComponent
      try Data(graph.text(weights: name).utf8).write(
        to: URL(fileURLWithPath: path), options: .atomic)
      guard rename(scratch, weights) == 0 else {
        throw Diagnostic("cannot be written", file: weights)
      }
    } catch let error as HDF5Error {
      throw Diagnostic(error.description)
    } catch let error as CocoaError {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: path)
    }
  }
}
