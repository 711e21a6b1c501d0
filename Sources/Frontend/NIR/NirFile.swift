import HDF5
import SpikeIR

/// A file of the neuromorphic intermediate representation (NIR): one graph in the group `/node`.
///
/// Source: Pedersen et al. 2024, Nature Communications 15, 8122; the reader and writer of the
/// Python package `nir` 1.0.8.
struct NirFile {
  /// The version of `nir` that wrote the file; empty if it does not say.
  let version: String
  /// The graph, nested ones put in their place.
  let graph: NirGraph
  /// What it says beyond NIR.
  let maker: NirMaker

  /// Whether an HDF5 file is one of NIR.
  static func matches(_ file: HDF5File) -> Bool { file.root.exists("node/type") }

  /// Reads the structure; parameters are read when they are asked for.
  ///
  /// - Throws: a `Diagnostic`, or an `HDF5Error` if the file is corrupt.
  init(_ file: HDF5File) throws {
    let type = try file.root.dataset("node/type").readStrings().first ?? ""
    guard type == "NIRGraph" else {
      throw Diagnostic(
        "holds one NIR node of type '\(type)', not a graph",
        notes: ["put it into a graph with an Input and an Output: nir.NIRGraph.from_list(...)"])
    }
    version =
      file.root.exists("version")
      ? try file.root.dataset("version").readStrings().first ?? "" : ""
    graph = try NirGraph(try file.root.group("node"))
    maker = try NirMaker(try file.root.group("node"))
  }

  /// What made the file, such as `NIR 1.0.8`.
  var producer: String {
    let maker = graph.metadata("producer").map { " of \($0)" } ?? ""
    return "NIR" + (version.isEmpty ? "" : " \(version)") + maker
  }
}
