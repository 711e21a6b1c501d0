import SpikeIR

extension Pass {
  /// ECC's thresholding for residual elimination: starts every membrane at τ·θ.
  ///
  /// The charge left below the threshold when time ends is lost; with τ = ½ counts are rounded
  /// instead of cut off: `N = ⌊Σ/θ + τ⌋`.
  ///
  ///     %r = fire %c {start=0}   ->   %r = fire %c {start=τ·θ}
  ///
  /// Source: arXiv 2103.00944, thresholding for residual elimination; SpKeras' `thresholding`.
  static let thresholdResiduals = Pass(
    name: "threshold-residuals",
    summary: "Starts every membrane at a part of its threshold, so that counts are rounded.",
    options: [PassOption("tau", "0.5", "the part of the threshold, 0 to 1")],
    requires: [.spiking],
    preserves: .changesMeaning("counts are rounded instead of cut off")
  ) { graph, context in
    let tau = try context.arguments.real("tau", in: 0...1)
    for id in graph.order {
      guard case .fire(var fire) = graph[id].operation else { continue }
      let threshold = graph.constants[fire.threshold]
      guard !threshold.isInteger else {
        throw Diagnostic("threshold-residuals comes before quantize-weights")
      }
      fire.start = graph.constants.add(
        graph.constants.name(of: fire.start),
        Tensor(threshold.shape, threshold.floats.map { Float(Double($0) * tau) }))
      graph[id].operation = .fire(fire)
    }
    graph.removeDeadNodes()
  }
}
