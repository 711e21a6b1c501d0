extension Target {
  /// The generic neuron in a NIR file; `python/spikec_nir` gives it to each library.
  static let nir = Target(
    name: "nir",
    summary: "The generic neuron in a NIR file, for the loaders of python/spikec_nir.",
    limits: .nirChain, formats: [.nir],
    remarks: ["No library runs this neuron from a NIR file alone: use spikec_nir.load."])
}
