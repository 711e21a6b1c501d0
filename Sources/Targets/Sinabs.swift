import SpikeIR

extension Target {
  /// `v += I; s = max(0, trunc(v / θ)); v -= s·θ; v = max(v, -θ)`, from `v = 0`
  /// (`IAFSqueeze` with `MultiSpike`, `MembraneSubtract` and `min_v_mem = -θ`).
  static let sinabs = Target(
    name: "sinabs",
    summary: "sinabs 3.1.3, from_nir: several spikes a timestep, membranes no lower than -θ.",
    neuron: Neuron(spikes: mostSpikes, floor: -1), start: .zero, limits: .nirChain, formats: [.nir],
    remarks: [
      "sinabs knows no most spikes of a timestep; sums are proven for \(mostSpikes), and a"
        + " network that sends more runs otherwise there."
    ])

  /// Within these, the sums of a timestep are proven; far more than a network in λ sends.
  static let mostSpikes = 15
}
