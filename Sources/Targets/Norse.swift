import SpikeIR

extension Target {
  /// `v += I; s = v > θ; v = 0 where s`, from `v = 0` (`IAFCell`).
  static let norse = Target(
    name: "norse",
    summary: "Norse 1.1.0, from_nir: reset to 0, fires above the threshold.",
    neuron: Neuron(reset: .zero, comparison: .exceeded), start: .zero, limits: .nirChain,
    formats: [.nir])
}
