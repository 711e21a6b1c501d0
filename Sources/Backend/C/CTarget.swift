import Foundation
import SpikeExecution
import SpikeIR

/// The standalone C simulator: C99 without any dependency, in one folder that builds with `make`.
public struct CTarget {
  let plan: CPlan
  let weights: CWeights

  /// Prepares to emit a quantised graph.
  ///
  /// - Parameters:
  ///   - name: the prefix of all names in the C, such as `net`; made an identifier.
  ///   - timesteps: T, from 1 to what the graph's ranges are proven for.
  ///   - meanLevels: how large the elements of values are on average at a timestep, where that was
  ///     measured: pipelined, the synapses of spikes that are not few are computed densely.
  ///   - embedsWeights: whether few weights are part of the program, as many always lie in a file.
  /// - Throws: a `Diagnostic` for a graph that is not quantised, that has several inputs, or an
  ///   output that is neither a read-out nor a decoding.
  public init(
    _ graph: Graph, name: String, schedule: Schedule, timesteps: Int,
    meanLevels: [NodeID: Double] = [:], embedsWeights: Bool = true
  ) throws {
    try CTarget.check(graph, timesteps: timesteps)
    if schedule == .layerwise, let special = graph.specialPopulation {
      throw Diagnostic.notLayerwise(special)
    }
    plan = try CPlan(
      graph, name: CNames.prefix(name), schedule: schedule, timesteps: timesteps,
      meanLevels: meanLevels)
    weights = CWeights(plan, embedsFew: embedsWeights)
  }

  /// Checks that C can be emitted for a graph.
  ///
  /// - Throws: a `Diagnostic` that says why it cannot.
  static func check(_ graph: Graph, timesteps: Int) throws {
    guard graph.facts.contains(.quantized), let proven = graph.timesteps else {
      throw Diagnostic(
        "C is emitted from exact integers, and this graph has not been quantised",
        notes: ["leave out --precision float, or run quantize-weights"])
    }
    guard timesteps >= 1 else { throw Diagnostic("a network runs for at least 1 timestep") }
    guard timesteps <= proven else {
      throw Diagnostic(
        "the graph's ranges are proven for \(proven) timesteps, not \(timesteps)",
        notes: ["compile it for \(timesteps) timesteps"])
    }
    for node in graph.nodes {
      guard case .fire(let fire) = node.operation, fire.neuron != .generic else { continue }
      guard fire.neuron.delay == 0 else {
        throw Diagnostic(
          "C has no neurons whose spikes come later", origin: node.origin,
          notes: ["choose another --target"])
      }
    }
    for id in graph.outputs {
      switch graph[id].operation {
      case .readOut, .decode: break
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode, .fire:
        throw Diagnostic(
          "the output %\(graph[id].name) is neither a read_out nor a decode; C gives only these",
          origin: graph[id].origin)
      }
    }
  }

  /// The files of the folder by name.
  public func files() -> [(name: String, contents: Data)] {
    let name = plan.name
    var files: [(String, Data)] = [
      ("\(name).h", Data(CHeader(plan, weights).text.utf8)),
      ("\(name).c", Data(CBody(plan, weights).text.utf8)),
      ("\(name)_weights.h", Data(weights.declarations.utf8)),
      ("\(name)_weights.c", Data(weights.definitions.utf8)),
      ("\(name)_main.c", template(PackageResources.main_c_in)),
      ("\(name)_data.h", template(PackageResources.data_h_in)),
      ("\(name)_options.h", template(PackageResources.options_h_in)),
      ("\(name)_output.h", template(PackageResources.output_h_in)),
      ("\(name)_report.h", template(PackageResources.report_h_in)),
      ("Makefile", template(PackageResources.Makefile_in)),
      ("CMakeLists.txt", template(PackageResources.CMakeLists_txt_in)),
      ("spikec_base.h", Data(PackageResources.spikec_base_h)),
      ("spikec_kernels.h", Data(PackageResources.spikec_kernels_h)),
      ("spikec_values.h", Data(PackageResources.spikec_values_h)),
      ("spikec_synapses.h", Data(PackageResources.spikec_synapses_h)),
      ("spikec_count.h", Data(PackageResources.spikec_count_h)),
      ("spikec_sum_pool.h", Data(PackageResources.spikec_sum_pool_h)),
      ("spikec_events.h", Data(PackageResources.spikec_events_h)),
      ("spikec_events_layer.h", Data(PackageResources.spikec_events_layer_h)),
      ("spikec_events_portable.h", Data(PackageResources.spikec_events_portable_h)),
      ("spikec_events_avx2.h", Data(PackageResources.spikec_events_avx2_h)),
      ("spikec_events_avx512.h", Data(PackageResources.spikec_events_avx512_h)),
      ("spikec_tables.h", Data(PackageResources.spikec_tables_h)),
      ("spikec_tables_outputs.h", Data(PackageResources.spikec_tables_outputs_h)),
      ("spikec_packed.h", Data(PackageResources.spikec_packed_h)),
      ("spikec_packed_band.h", Data(PackageResources.spikec_packed_band_h)),
      ("spikec_packed_portable.h", Data(PackageResources.spikec_packed_portable_h)),
      ("spikec_packed_avx2.h", Data(PackageResources.spikec_packed_avx2_h)),
      ("spikec_packed_avx512.h", Data(PackageResources.spikec_packed_avx512_h)),
      ("spikec_packed_neon.h", Data(PackageResources.spikec_packed_neon_h)),
      ("spikec_packed_dot.h", Data(PackageResources.spikec_packed_dot_h)),
      ("spikec_split.h", Data(PackageResources.spikec_split_h)),
      ("spikec_split_avx512.h", Data(PackageResources.spikec_split_avx512_h)),
      ("spikec_npz.h", Data(PackageResources.spikec_npz_h)),
      ("spikec_npz.c", Data(PackageResources.spikec_npz_c)),
    ]
    if plan.hasOtherNeurons {
      files.append(("spikec_neurons.h", Data(PackageResources.spikec_neurons_h)))
    }
    if weights.fileBytes > 0 { files.append(("\(name).weights", weights.file)) }
    return files
  }

  /// Writes the folder. All files are complete before the first one takes its place, and each
  /// replaces the one that was there at once; other files in the folder stay.
  ///
  /// - Throws: a `Diagnostic` if the folder cannot be written; then nothing new is left.
  public func write(to folder: String) throws {
    let target = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
    let scratch = target.appendingPathComponent(".spikec.\(UUID().uuidString)")
    let manager = FileManager.default
    let firstNew = firstMissing(target)
    do {
      try manager.createDirectory(at: scratch, withIntermediateDirectories: true)
      defer { try? manager.removeItem(at: scratch) }
      let files = self.files()
      for file in files { try checkReplaceable(target.appendingPathComponent(file.name)) }
      for file in files {
        try file.contents.write(to: scratch.appendingPathComponent(file.name))
      }
      for file in files { try move(file.name, from: scratch, to: target) }
    } catch {
      if let firstNew { try? manager.removeItem(at: firstNew) }
      if let diagnostic = error as? Diagnostic { throw diagnostic }
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: folder)
    }
  }

  /// The topmost folder on the way to `folder` that is not there; nil if all are.
  private func firstMissing(_ folder: URL) -> URL? {
    var (place, missing): (URL, URL?) = (folder, nil)
    while !FileManager.default.fileExists(atPath: place.path), place.path != "/" {
      missing = place
      place.deleteLastPathComponent()
    }
    return missing
  }

  /// A file can replace a file, but no folder.
  private func checkReplaceable(_ file: URL) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), isFolder.boolValue
    {
      throw Diagnostic(
        "is a folder where a file has to be written", file: file.path,
        notes: ["remove it, or choose another folder"])
    }
  }

  private func move(_ name: String, from scratch: URL, to target: URL) throws {
    let (old, new) = (scratch.appendingPathComponent(name), target.appendingPathComponent(name))
    guard rename(old.path, new.path) == 0 else {
      throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: new.path])
    }
  }

  func template(_ bytes: [UInt8]) -> Data {
    let text = String(decoding: bytes, as: UTF8.self)
    return Data(text.replacingOccurrences(of: "@NAME@", with: plan.name).utf8)
  }
}
