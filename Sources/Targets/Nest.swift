import SpikeIR

extension Target {
  /// NEST's `iaf_psc_delta`, with a time constant so long that nothing leaks: `V += Σ w;
  /// s = V >= V_th; V = V_reset where s`. Synapses take a timestep at least, so a population's spikes
  /// come as many timesteps later as it lies deep, which changes nothing else.
  static let nest = Target(
    name: "nest",
    summary: "NEST 3.10 by BMTK's PointNet: iaf_psc_delta, every synapse on its own.",
    neuron: Neuron(reset: .zero), limits: nestLimits, formats: [.sonata],
    remarks: ["The input is spikes: give --input rate or --input poisson."])

  private static var nestLimits: Limits {
    var limits = Limits()
    limits.maxPooling = false
    return limits
  }
}
