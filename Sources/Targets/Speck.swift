import SpikeIR

extension Target {
  /// SynSense's Speck 2f and DYNAP-CNN, through sinabs: 9 cores, each a convolution, its neurons
  /// and a sum pooling. Limits from sinabs' `DynapcnnLayer` and the chip's configuration: kernels up
  /// to 16, strides 1, 2, 4, 8, pooling 1, 2, 4, up to 1024 channels of 64 x 64, 8-bit
  /// weights, 16-bit membranes.
  static let speck = Target(
    name: "speck",
    summary: "SynSense Speck and DYNAP-CNN by sinabs: 9 cores, 8-bit weights, 16-bit membranes.",
    neuron: Neuron(spikes: mostSpikes, floor: -1), start: .zero, limits: speckLimits,
    formats: [.nir],
    remarks: ["Files load in sinabs; no chip was at hand to try them on."])

  private static var speckLimits: Limits {
    var limits = Limits.nir
    limits.thresholds = .onePerLayer
    limits.weightBits = 8
    limits.stateBits = 15
    limits.sums = false
    limits.largestKernel = 16
    limits.strides = [1, 2, 4, 8]
    limits.poolingKernels = [1, 2, 4]
    limits.channels = 1024
    limits.extent = 64
    limits.populations = 9
    limits.order = .synapseFirePool
    return limits
  }
}
