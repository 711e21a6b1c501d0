import Foundation
import SpikeExecution
import SpikeIR

/// The standalone C simulator: C99 without any dependency, in one folder that builds with `make`.
public struct CTarget {
  private let plan: CPlan
  /// More bytes of weights than this go into a file of their own, which is loaded at start.
  private static let mostEmbeddedBytes = 4 << 20

  /// Prepares to emit a quantised graph.
  ///
  /// - Parameters:
  ///   - name: the prefix of all names in the C, such as `net`; made an identifier.
  ///   - timesteps: T, at most what the graph's ranges are proven for.
  /// - Throws: a `Diagnostic` for a graph that is not quantised.
  public init(_ graph: Graph, name: String, schedule: Schedule, timesteps: Int) throws {
    guard graph.facts.contains(.quantized), let proven = graph.timesteps else {
      throw Diagnostic(
        "C is emitted from exact integers, and this graph has not been quantised",
        notes: ["leave out --precision float, or run quantize-weights"])
    }
    guard timesteps <= proven else {
      throw Diagnostic("the graph's ranges are proven for \(proven) timesteps, not \(timesteps)")
    }
    plan = try CPlan(
      graph, name: CNames.identifier(name), schedule: schedule, timesteps: timesteps,
      embedsWeights: CWeights.bytes(graph) <= CTarget.mostEmbeddedBytes)
  }

  /// The files of the folder by name.
  public func files() -> [(name: String, contents: Data)] {
    let name = plan.name
    var files: [(String, Data)] = [
      ("\(name).h", Data(CHeader(plan).text.utf8)),
      ("\(name).c", Data(CBody(plan).text.utf8)),
      ("\(name)_weights.h", Data(CWeights(plan).declarations.utf8)),
      ("\(name)_weights.c", Data(CWeights(plan).definitions.utf8)),
      ("\(name)_main.c", template(PackageResources.main_c_in)),
      ("Makefile", template(PackageResources.Makefile_in)),
      ("CMakeLists.txt", template(PackageResources.CMakeLists_txt_in)),
      ("spikec_kernels.h", Data(PackageResources.spikec_kernels_h)),
      ("spikec_synapses.h", Data(PackageResources.spikec_synapses_h)),
      ("spikec_npz.h", Data(PackageResources.spikec_npz_h)),
      ("spikec_npz.c", Data(PackageResources.spikec_npz_c)),
    ]
    if !plan.embedsWeights { files.append(("\(name).weights", CWeights(plan).blob)) }
    return files
  }

  /// Writes the folder: first beside its place, then each file to its place.
  ///
  /// - Throws: a `Diagnostic` if the folder cannot be written; then nothing in it has changed.
  public func write(to folder: String) throws {
    let target = URL(fileURLWithPath: folder, isDirectory: true)
    let files = FileManager.default
    let scratch = target.deletingLastPathComponent()
      .appendingPathComponent(
        ".\(target.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? files.removeItem(at: scratch) }
    do {
      try files.createDirectory(at: scratch, withIntermediateDirectories: true)
      for file in self.files() {
        try file.contents.write(to: scratch.appendingPathComponent(file.name))
      }
      try files.createDirectory(at: target, withIntermediateDirectories: true)
      for file in self.files().map(\.name) {
        let place = target.appendingPathComponent(file)
        if files.fileExists(atPath: place.path) { try files.removeItem(at: place) }
        try files.moveItem(at: scratch.appendingPathComponent(file), to: place)
      }
    } catch {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: folder)
    }
  }

  private func template(_ bytes: [UInt8]) -> Data {
    Data(
      String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "@NAME@", with: plan.name)
        .utf8)
  }
}
