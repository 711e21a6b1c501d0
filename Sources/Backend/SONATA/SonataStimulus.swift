import Foundation
import HDF5
import SpikeExecution
import SpikeIR

/// Writes the spikes of virtual neurons, and beside them what the interpreter makes of them.
struct SonataStimulus {
  let plan: SonataPlan
  let timesteps: Int

  /// Spikes by population.
  private typealias Spikes = [String: [(time: Int, neuron: Int)]]

  /// Writes `inputs/bias.h5`, and for each sample `inputs/spikes_N.h5` and `reference/spikes_N.h5`:
  /// the spikes that every population must send, at the times at which NEST sends them, and the
  /// outputs.
  func write(_ samples: [[Float]], to folder: URL) throws {
    let all = (1...timesteps).map { (time: $0, neuron: 0) }
    _ = try write(["bias": [(1, 1)] + all], to: folder.appendingPathComponent("inputs/bias.h5"))
    if samples.isEmpty { return }
    let interpreter = try SpikingInterpreter(plan.graph)
    for (number, sample) in samples.enumerated() {
      var (inputs, reference) = (silence(.input), silence(.neurons))
      let result = interpreter.run(sample, number: number, .pipelined, checkpoints: [timesteps]) {
        node, time, counts in
        guard let population = plan.populations.first(where: { $0.node == node }) else { return }
        for (neuron, count) in counts.enumerated() where count > 0 {
          let spike = (time: time + population.depth, neuron: neuron)
          inputs[population.name]?.append(spike)
          reference[population.name]?.append(spike)
        }
      }
      let name = "spikes_\(number).h5"
      _ = try write(inputs, to: folder.appendingPathComponent("inputs/\(name)"))
      let file = try write(reference, to: folder.appendingPathComponent("reference/\(name)"))
      for (position, values) in result[0].outputs.enumerated() {
        try file.root.write("outputs/\(position)", values, shape: [values.count])
      }
      try file.flush()
    }
  }

  /// No spikes yet of any population of a kind.
  private func silence(_ kind: SonataPlan.Kind) -> Spikes {
    let names = plan.populations.filter { $0.kind == kind }.map(\.name)
    return Dictionary(uniqueKeysWithValues: names.map { ($0, []) })
  }

  private func write(_ spikes: Spikes, to url: URL) throws -> HDF5File {
    let file = try HDF5File.create(url.path)
    for (name, list) in spikes.sorted(by: { $0.key < $1.key }) {
      let times = try HDF5Series<Double>("spikes/\(name)/timestamps", in: file.root)
      let neurons = try HDF5Series<Int64>("spikes/\(name)/node_ids", in: file.root)
      for spike in list {
        try times.append(Double(spike.time))
        try neurons.append(Int64(spike.neuron))
      }
      try times.flush()
      try neurons.flush()
      try times.attributes.set("units", to: "ms")
    }
    try file.flush()
    return file
  }
}
