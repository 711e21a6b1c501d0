import SpikeIR

extension Pass {
  /// Turns the charge that membranes start with into a bias current, for targets whose membranes
  /// start at 0: after T timesteps the same charge has come in.
  ///
  ///     %r = fire %c {start=τ·θ, bias=k}   ->   %r = fire %c {start=0, bias=k + τ·θ/T}
  static let spreadStart = Pass(
    name: "spread-start",
    summary: "Turns the charge that membranes start with into a bias current.",
    options: [PassOption("timesteps", "64", "T, over which the charge comes in")],
    requires: [.spiking],
    preserves: .changesMeaning("the start charge comes in over time")
  ) { graph, context in
    let timesteps = try context.arguments.integer("timesteps", in: 1...65535)
    for id in graph.order {
      guard case .fire(var fire) = graph[id].operation else { continue }
      let (start, type) = (graph.constants[fire.start], graph[id].type)
      guard !start.isInteger else {
        throw Diagnostic("spread-start comes before quantize-weights")
      }
      if start.floats.allSatisfy({ $0 == 0 }) { continue }
      let share = Scale(start.floats.map { Float(Double($0) / Double(timesteps)) })
      let old = Scale(fire.bias.map { graph.constants[$0].floats } ?? [0])
      let bias = old.added(share, type)
      fire.bias = graph.constants.add(
        fire.bias.map { graph.constants.name(of: $0) } ?? "\(graph[id].name).bias",
        Tensor(bias.shape(type), bias.values))
      fire.start = graph.constants.add(
        graph.constants.name(of: fire.start), Tensor([1], [0]))
      graph[id].operation = .fire(fire)
    }
    graph.removeDeadNodes()
  }
}
