import SpikeIR

extension Target {
  /// `v += I; s = v >= θ; v = 0 where s`, from `v = 0` (`IFNode` with `v_reset = 0`).
  static let spikingjelly = Target(
    name: "spikingjelly",
    summary: "SpikingJelly 2.0.0, import_from_nir with dt=1: reset to 0.",
    neuron: Neuron(reset: .zero), start: .zero, limits: .nir, formats: [.nir])
}
