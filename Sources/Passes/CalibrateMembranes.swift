import SpikeExecution
import SpikeIR

extension Pass {
  /// Fits start, gain and bias of every population to the spikes that really reach it.
  ///
  /// Population by population, the spiking network itself runs on calibration data beside the
  /// CNN. Each channel starts at the τ·θ, and gets the bias, for which its rates N/T come nearest
  /// to the activations a/λ: that takes back what rounding, clipping and the layers before got
  /// wrong on average and, in the pipelined schedule, the spikes that uneven arrival sets off. There
  /// each channel's currents get a factor too, where they reach this population alone: it goes into
  /// the weights and the bias. The read-out's bias takes back what is then wrong with the logits on
  /// average.
  ///
  ///     %r = fire %c {start, bias}   ->   %r = fire %c {start=τ_c·θ, bias=b̂ + θ · E[a/λ - N/T]}
  ///
  /// Source: Li et al. 2021 (arXiv 2106.06984), bias correction; the choice of starts by
  /// simulation is this compiler's.
  static let calibrateMembranes = Pass(
    name: "calibrate-membranes",
    summary: "Fits starts and biases to the spikes that really arrive.",
    options: [
      PassOption("schedule", "layerwise", "layerwise | pipelined: what the network will run by"),
      PassOption("timesteps", "32", "T, for which starts and biases are fitted"),
      PassOption("rounds", "1", "0 to 8: how often biases are changed; 0 chooses starts only"),
      PassOption(
        "start", "membrane", "membrane | bias: where the start charge goes, see spread-start"),
      PassOption("readout", "on", "on | off: whether the logits' mean error is taken back too"),
      PassOption("samples", "128", "how many calibration samples are run"),
    ],
    requires: [.spiking],
    preserves: .changesMeaning("spikes come nearer to the CNN's activations")
  ) { graph, context in
    let schedule: Schedule = try context.arguments.choice("schedule")
    let rounds = try context.arguments.integer("rounds", in: 0...8)
    let place: MembraneFit.StartPlace = try context.arguments.choice("start")
    let readOut: ReadOutChange = try context.arguments.choice("readout")
    let timesteps = try context.arguments.integer("timesteps", in: 1...65535)
    let most = try context.arguments.integer("samples", in: 1...65536)
    let data = try context.requireCalibration(for: "calibrate-membranes")
    let sweep = try PopulationSweep(
      cnn: graph.rateNetwork(), samples: data.source.prefix(most), schedule: schedule,
      timesteps: timesteps)
    let populations = graph.order.filter { graph[$0].operation.isFire }.count
    try sweep.run(
      &graph, progress: data.counter("fitting membranes", of: populations),
      fit: { graph, population in
        let gain = CurrentGain(population.node, graph)
        let fit = MembraneFit(
          population, in: graph, starts: starts(schedule, place), place,
          gains: gain == nil ? [1] : gains(population.node, graph, schedule), rounds: rounds)
        try graph.apply(fit, gain, to: population.node)
      },
      readOut: { graph, id, lack in
        if readOut == .on { graph.addBias(lack, toReadOut: id) }
      })
    graph.removeDeadNodes()
  }
}

private enum ReadOutChange: String, CaseIterable { case on, off }

/// The starts to choose from, in thresholds.
///
/// Layerwise, all charge has arrived when a population fires: what a start adds, the bias adds as
/// well, and one start is enough. Pipelined, a start below 0 holds a neuron back until the early
/// spikes, which come unevenly, have met those that inhibit it; the bias gives the charge back.
private func starts(_ schedule: Schedule, _ place: MembraneFit.StartPlace) -> [Float] {
  switch (schedule, place) {
  case (.layerwise, .membrane): [0.5]
  case (.pipelined, .membrane): [-3, -2, -1.5, -1, -0.5, 0, 0.25, 0.5]
  case (_, .bias): [0, 0.1, 0.2, 0.3, 0.4, 0.5]
  }
}

/// The factors of currents to choose from, where a factor can be applied.
private func gains(_ population: NodeID, _ graph: Graph, _ schedule: Schedule) -> [Float] {
  guard schedule == .pipelined, case .fire(let fire) = graph[population].operation else {
    return [1]
  }
  // What a reset to 0 loses is up to half of what arrives.
  if fire.neuron.reset == .zero { return [0.9, 1, 1.1, 1.2, 1.3, 1.45, 1.6, 1.8, 2] }
  return [0.8, 0.9, 1, 1.1, 1.2, 1.35]
}

extension Operation {
  fileprivate var isFire: Bool { if case .fire = self { true } else { false } }
}

extension Graph {
  fileprivate mutating func addBias(_ change: [Float], toReadOut id: NodeID) {
    guard case .readOut(var readOut) = self[id].operation else { return }
    let type = self[id].type
    let old = Scale(readOut.bias.map { constants[$0].floats } ?? [0])
    let bias = old.added(Scale(change), type)
    readOut.bias = constants.add(
      readOut.bias.map { constants.name(of: $0) } ?? "\(self[id].name).bias",
      Tensor(bias.shape(type), bias.values))
    self[id].operation = .readOut(readOut)
  }

  fileprivate mutating func apply(_ fit: MembraneFit, _ gain: CurrentGain?, to id: NodeID) throws {
    guard case .fire(var fire) = self[id].operation else { return }
    let type = self[id].type
    guard !constants[fire.threshold].isInteger else {
      throw Diagnostic("calibrate-membranes comes before quantize-weights")
    }
    let threshold = Scale(constants[fire.threshold].floats)
    gain?.apply(fit.gain, to: &self)
    let factor = Scale(fit.gain)
    let start = threshold.multiplied(by: Scale(fit.start), type)
    fire.start = constants.add(
      constants.name(of: fire.start), Tensor(start.shape(type), start.values))
    let changes = (fit.biasChange + fit.gain.map { $0 - 1 }).contains { $0 != 0 }
    let old = Scale(fire.bias.map { constants[$0].floats } ?? [0])
    if changes {
      let bias = old.added(Scale(fit.biasChange), type).multiplied(by: factor, type)
      fire.bias = constants.add(
        fire.bias.map { constants.name(of: $0) } ?? "\(self[id].name).bias",
        Tensor(bias.shape(type), bias.values))
    }
    self[id].operation = .fire(fire)
  }
}
