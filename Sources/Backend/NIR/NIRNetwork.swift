import Foundation
import HDF5
import SpikeIR

/// A network in the neuromorphic intermediate representation, as it stands in a file.
///
/// Values are channels first, `[C, H, W]`; several edges into one node are added. Source: Pedersen
/// et al. 2024 (doi 10.1038/s41467-024-52259-9) and the files of the package `nir` 1.0.8.
public struct NIRNetwork: Sendable {
  /// The numbers or texts of one dataset.
  public enum Field: Sendable, Equatable {
    /// 32-bit floats in row-major order.
    case floats([Float], shape: [Int])
    /// Whole numbers; a shape of `[]` is a single one.
    case integers([Int], shape: [Int])
    /// A text.
    case text(String)
    /// A list of texts.
    case texts([String])
  }

  /// One node: its type, such as `Conv2d`, its parameters, and what readers may ignore.
  public struct Node: Sendable {
    /// The name, a word without `/`.
    public var name: String
    /// The type.
    public var type: String
    /// The parameters, by the names of the datasets.
    public var fields: [(name: String, value: Field)]
    /// What readers may ignore.
    public var metadata: [(name: String, value: Field)] = []
  }

  /// The nodes.
  public var nodes: [Node] = []
  /// Source and target of each edge, by name.
  public var edges: [(source: String, target: String)] = []
  /// What readers may ignore.
  public var metadata: [(name: String, value: Field)] = []

  /// The version of the package whose files these are.
  static let version = "1.0.8"

  /// Writes the file: to a name beside it first, which takes its place when it is complete.
  ///
  /// - Throws: a `Diagnostic` if it cannot be written.
  public func write(to path: String) throws {
    let target = URL(fileURLWithPath: path)
    let scratch = target.deletingLastPathComponent()
      .appendingPathComponent(".spikec.\(UUID().uuidString).nir")
    do {
      defer { try? FileManager.default.removeItem(at: scratch) }
      try fill(scratch.path)
      guard rename(scratch.path, target.path) == 0 else {
        throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
      }
    } catch let error as HDF5Error {
      throw Diagnostic("cannot be written: \(error)", file: path)
    } catch {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: path)
    }
  }

  private func fill(_ path: String) throws {
    let file = try HDF5File.create(path)
    try file.root.write("version", strings: [NIRNetwork.version], shape: [])
    let graph = try file.root.createGroup("node")
    try graph.write("type", strings: ["NIRGraph"], shape: [])
    try graph.write(
      "edges", strings: edges.flatMap { [$0.source, $0.target] }, shape: [edges.count, 2])
    try write(metadata, to: graph)
    for node in nodes {
      let group = try graph.createGroup("nodes/\(node.name)")
      try group.write("type", strings: [node.type], shape: [])
      for (name, value) in node.fields { try write(name, value, to: group) }
      try write(node.metadata, to: group)
    }
    try file.flush()
  }

  private func write(_ metadata: [(name: String, value: Field)], to group: HDF5Group) throws {
    for (name, value) in metadata { try write("metadata/\(name)", value, to: group) }
  }

  private func write(_ name: String, _ value: Field, to group: HDF5Group) throws {
    switch value {
    case .floats(let values, let shape): try group.write(name, values, shape: shape)
    case .integers(let values, let shape):
      try group.write(name, values.map(Int64.init), shape: shape)
    case .text(let text): try group.write(name, strings: [text], shape: [])
    case .texts(let texts): try group.write(name, strings: texts, shape: [texts.count])
    }
  }
}
