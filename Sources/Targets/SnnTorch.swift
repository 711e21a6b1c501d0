import SpikeIR

extension Target {
  /// `v += I; s = v > θ; v = 0 where s`, from `v = 0` (`Leaky` with β = 1, which a NIR LIF of
  /// τ = 10^6 gives; a NIR IF would leak and does not run in networks of several layers).
  static let snntorch = Target(
    name: "snntorch",
    summary: "snnTorch 1.0.0, import_from_nir: reset to 0, fires above the threshold.",
    neuron: Neuron(reset: .zero, comparison: .exceeded), start: .zero, limits: .nir,
    formats: [.nir], nirNeuron: .leaky,
    remarks: ["Neurons are written as LIF of so long a time constant that β is 1."]
  )
}
