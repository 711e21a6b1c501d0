import ArgumentParser
import SpikeBackend
import SpikeIR
import SpikeReport

/// Which inputs go with a network that is written neuron by neuron.
struct StimulusOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Inputs whose coded spikes go with the network (sonata).", valueName: "data"))
  var stimuli: String?

  @Option(help: "Write the spikes of the first so many stimuli.")
  var limit: Int = 1

  mutating func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be above 0, not \(limit)") }
  }

  /// Writes a graph as a folder of SONATA, and says how many synapses it has.
  ///
  /// - Throws: a `Diagnostic` if the graph is not NEST's, or something cannot be read or written.
  func writeSonata(_ graph: Graph, of model: Network, timesteps: Int, to path: String) throws {
    let target = try SonataTarget(graph, timesteps: timesteps)
    var samples: [[Float]] = []
    if let stimuli {
      let data = try Dataset(stimuli, limit: limit, for: model.inputType()).samples
      samples = (0..<data.count).map { data.read($0..<$0 + 1) }
    }
    let synapses = try target.write(to: path, stimuli: samples) { done, total in
      Console.progress("synapses of neurons", done, total)
    }
    Console.note("\(synapses.grouped) synapses")
  }
}
