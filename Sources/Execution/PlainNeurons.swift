import CNeurons
import SpikeIR

/// Populations of neurons that send one spike at a time and at once, and whose membranes nothing
/// else changes.
extension PopulationNeurons {
  /// Whether the neurons are such ones.
  var isPlain: Bool {
    neuron.spikes == 1 && neuron.floor == nil && neuron.delay == 0 && neuron.decay == 1
  }

  /// Writes the number of spikes of each neuron.
  func plainCounts(_ currents: [Float], _ counts: UnsafeMutablePointer<Float>) {
    withPopulation(currents) { spikec_count_spikes(&$0, $1, $2, timesteps, counts) }
  }

  /// Writes the spikes of each timestep.
  func plainSpikes(_ currents: [Float], _ spikes: UnsafeMutablePointer<Int8>) {
    withPopulation(currents) { spikec_write_spikes(&$0, $1, $2, timesteps, spikes) }
  }

  /// Shows the neurons, the currents of the first timestep and how far on those of the next lie.
  private func withPopulation(
    _ currents: [Float], _ body: (inout spikec_population, UnsafePointer<Float>, Int) -> Void
  ) {
    let neurons = threshold.count
    let offset = currents.count == neurons ? 0 : neurons
    precondition(currents.count >= offset * (timesteps - 1) + neurons)
    withConstants(currents) { currents, start, bias, threshold in
      var population = spikec_population(
        neurons: neurons, start: start, bias: bias, threshold: threshold,
        is_zeroed: neuron.reset == .zero ? 1 : 0,
        is_exceeded: neuron.comparison == .exceeded ? 1 : 0)
      body(&population, currents, offset)
    }
  }
}
