import Foundation
import HDF5
import SpikeIR

/// Writes a network as SONATA, every neuron and synapse on its own, for BMTK's PointNet and NEST.
///
/// Neurons are NEST's `iaf_psc_delta`, a timestep is 1 ms. A synapse takes at least one timestep, so
/// a population's spikes come later by its depth; delays make what meets in a neuron be of the same
/// timestep. A bias is a synapse from a neuron that fires at every timestep.
///
/// Source: Dai et al. 2020, PLOS Computational Biology 16(2), e1007696, and the SONATA developer's
/// guide; NEST 3 documentation of `iaf_psc_delta`.
public struct SonataTarget {
  private let plan: SonataPlan
  private let timesteps: Int

  /// A target for a quantised graph.
  ///
  /// - Throws: a `Diagnostic` for a graph that NEST's neurons cannot run.
  public init(_ graph: Graph, timesteps: Int) throws {
    guard graph.facts.contains(.quantized) else {
      throw Diagnostic("SONATA is written of exact integers: run quantize-weights first")
    }
    if let proven = graph.timesteps, proven < timesteps {
      throw Diagnostic("the graph's ranges are proven for \(proven) timesteps, not \(timesteps)")
    }
    plan = try SonataPlan(graph)
    self.timesteps = timesteps
  }

  /// Writes a folder; gives the number of synapses.
  ///
  /// - Parameters:
  ///   - stimuli: samples whose coded spikes are written as `inputs/spikes_N.h5`.
  ///   - progress: is told how many of how many neurons have their synapses.
  /// - Throws: a `Diagnostic` if something cannot be written; nothing is left then.
  public func write(
    to folder: String, stimuli: [[Float]] = [], progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> Int {
    let target = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
    let scratch = target.deletingLastPathComponent()
      .appendingPathComponent(".\(target.lastPathComponent).\(UUID().uuidString)")
    let manager = FileManager.default
    defer { try? manager.removeItem(at: scratch) }
    do {
      let old = (try? manager.contentsOfDirectory(atPath: target.path)) ?? []
      guard old.isEmpty || old.contains("circuit_config.json") else {
        throw Diagnostic(
          "holds other files than a network", file: folder, notes: ["name another folder"])
      }
      for part in [
        "network", "inputs", "reference", "components/point_neuron_models",
        "components/synaptic_models",
      ] {
        try manager.createDirectory(
          at: scratch.appendingPathComponent(part), withIntermediateDirectories: true)
      }
      try SonataNodes(plan: plan).write(to: scratch)
      let synapses = try SonataEdges(plan: plan, progress: progress).write(to: scratch)
      try SonataStimulus(plan: plan, timesteps: timesteps).write(stimuli, to: scratch)
      try SonataConfig(plan: plan, timesteps: timesteps, stimuli: stimuli.count, synapses: synapses)
        .write(to: scratch)
      try manager.createDirectory(at: target, withIntermediateDirectories: true)
      for name in try manager.contentsOfDirectory(atPath: scratch.path) {
        let place = target.appendingPathComponent(name)
        try? manager.removeItem(at: place)
        try manager.moveItem(at: scratch.appendingPathComponent(name), to: place)
      }
      return synapses
    } catch let error as HDF5Error {
      throw Diagnostic("cannot be written: \(error.message)", file: folder)
    } catch let diagnostic as Diagnostic {
      throw diagnostic
    } catch {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: folder)
    }
  }

  /// JSON whose keys are sorted, so that equal networks give equal files.
  static func json(_ object: Any) throws -> Data {
    try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
      + Data("\n".utf8)
  }
}
