import SpikeIR

extension Pass {
  /// Codes the input of a network that was read as a spiking one, as the user's data need it.
  ///
  /// A value is `v = (x / scale - mean) / std`. For rate and poisson, v is the probability of a
  /// spike of value 1. For direct, v = q · u with a whole q, and u goes into the synapses: 1 where
  /// the calibration data are whole numbers (or there are none), what one step of a byte is worth
  /// for bytes, else 1/255 of the largest value.
  ///
  ///     %e = encode %x {direct}; conv2d %e {w}   ->   %e = encode %x {rate}; conv2d %e {w}
  static let codeInput = Pass(
    name: "code-input",
    summary: "Codes the input of a network that was read as a spiking one.",
    options: [
      PassOption("input", "direct", "direct | rate | poisson"),
      PassOption("seed", "0", "of poisson"),
      PassOption("scale", "1", "what raw values are divided by, such as 255"),
      PassOption("mean", "0", "what is subtracted then"),
      PassOption("std", "1", "what the result is divided by"),
    ],
    requires: [.spiking],
    preserves: .changesMeaning("the input is coded in another way")
  ) { graph, context in
    let coding: Encode.Coding = try context.arguments.choice("input")
    let seed = try context.arguments.integer("seed", in: 0...Int(Int32.max))
    let scale = try context.arguments.real("scale", in: 1e-30...1e30)
    let (mean, std) = (
      try context.arguments.reals("mean"), try context.arguments.reals("std")
    )
    guard mean.count == 1, std.count == 1, std[0] > 0 else {
      throw Diagnostic("a spiking network takes one --mean and one --std, above 0")
    }
    let data = context.calibration
    let isAsked = coding != .direct || scale != 1 || mean != [0] || std != [1]
    if !isAsked, data == nil { return }
    for id in graph.order {
      guard case .encode(let encode) = graph[id].operation else { continue }
      guard encode.isRaw(graph) else {
        // The file says what its weights are made for.
        if !isAsked { continue }
        throw Diagnostic(
          "says itself how its input is coded", origin: graph[id].origin,
          notes: ["leave out --input, --scale, --mean and --std"])
      }
      if let data, data.source.elementCount != graph[id].type.count {
        throw Diagnostic(
          "a calibration sample has \(data.source.elementCount) elements, the network takes"
            + " \(graph[id].type)")
      }
      let grid = try Levels(coding, offset: mean[0] * scale, unit: scale * std[0], data)
      let (offset, step) = (
        graph.constants.add("\(graph[id].name).offset", Tensor([1], [Float(grid.offset)])),
        graph.constants.add("\(graph[id].name).step", Tensor([1], [Float(grid.step)]))
      )
      graph[id].operation = .encode(
        Encode(coding, offset: offset, step: step, low: grid.low, high: grid.high, seed: seed))
      if data?.source.isByte == true {
        graph[graph[id].operands[0]].operation = .input(Input(.byte))
      }
      try multiply(by: Float(grid.step / (scale * std[0])), behind: id, in: &graph)
    }
    try graph.reinferTypes()
    graph.removeDeadNodes()
  }
}

extension Encode {
  /// Whether numbers go in as they are.
  fileprivate func isRaw(_ graph: Graph) -> Bool {
    coding == .direct && graph.constants[offset].floats.allSatisfy { $0 == 0 }
      && graph.constants[step].floats.allSatisfy { $0 == 1 }
  }
}

/// Which levels there are, in the units of the raw data.
private struct Levels {
  var offset: Double
  var step: Double
  var low = 0
  var high = 1
  private static let most = 255

  init(_ coding: Encode.Coding, offset: Double, unit: Double, _ data: CalibrationData?) throws {
    (self.offset, step) = (offset, unit)
    guard coding == .direct else { return }
    guard let data else {
      (low, high) = (-Levels.most, Levels.most)
      return
    }
    var (least, most, isWhole) = (0.0, 0.0, true)
    for start in stride(from: 0, to: data.source.count, by: 256) {
      for x in data.source.read(start..<min(start + 256, data.source.count)) {
        let value = Double(x) - offset
        (least, most) = (min(least, value), max(most, value))
        isWhole = isWhole && (value / unit).rounded() == value / unit
      }
    }
    let largest = max(-least, most)
    guard largest.isFinite, largest > 0 else {
      throw Diagnostic("the calibration inputs are all zero or not finite")
    }
    if data.source.isByte {
      // Finer levels where the mean lies between two bytes.
      step = offset == offset.rounded() ? 1 : 0.25
      (least, most) = (-offset, Double(Levels.most) - offset)
    } else if !isWhole || largest / unit > 32767 {
      step = largest / Double(Levels.most)
    }
    low = Int((least / step).rounded(.down))
    high = max(Int((most / step).rounded(.up)), low + 1)
  }
}

/// Multiplies what a value drives, through what only moves it.
private func multiply(by factor: Float, behind id: NodeID, in graph: inout Graph) throws {
  if factor == 1 { return }
  for user in graph.users()[id] ?? [] {
    switch graph[user].operation {
    case .conv2d, .dense, .diagonal:
      var synapse = graph[user].operation.synapse!
      let weight = graph.constants[synapse.weight]
      synapse.weight = graph.constants.add(
        graph.constants.name(of: synapse.weight),
        Tensor(weight.shape, weight.floats.map { $0 * factor }))
      graph[user].operation = synapse.operation
    case .sumPool, .maxPool, .reshape, .transpose, .pad:
      try multiply(by: factor, behind: user, in: &graph)
    case .concat, .decode, .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .add,
      .encode, .fire, .readOut:
      throw Diagnostic(
        "takes the input itself, which its coding scales", origin: graph[user].origin,
        notes: ["use --input rate"])
    }
  }
}
