import SpikeIR

extension Target {
  /// `s = v > θ; v = v + I - s·θ`, from `v = 0`: spikes leave one timestep late.
  static let spyx = Target(
    name: "spyx",
    summary: "Spyx 1.0.0: fires above the threshold, one timestep late; no residual connections.",
    neuron: Neuron(comparison: .exceeded, delay: 1), start: .zero,
    limits: .nirChain, formats: [],
    remarks: [
      "Spyx takes values channels last; files for it are not written, networks are evaluated."
    ])
}
