import SpikeIR

extension Pass {
  /// Makes the last linear layer a population of its own, whose counts are the result.
  ///
  /// SpKeras reads its networks in this way. It costs accuracy at few timesteps, because logits
  /// are rounded and negative ones are lost.
  ///
  ///     %logits = dense %x; output   ->   %logits = dense %x; %spikes = relu %logits; output
  static let populationReadout = Pass(
    name: "population-readout",
    summary: "Makes the last linear layer a population whose counts are the result.",
    preserves: .changesMeaning("negative logits are lost")
  ) { graph, _ in
    for output in Set(graph.outputs).sorted() {
      var logits = output
      if case .activation = graph[output].operation { logits = graph[output].operands[0] }
      if graph[logits].operation.rectification != nil { continue }
      let name = "\(graph[logits].name).population"
      let population = try graph.add(
        name, ReLU(), [logits], origin: graph[logits].origin,
        before: logits == output ? nil : output)
      graph.replaceUses(of: logits, with: population, except: population)
    }
  }
}
