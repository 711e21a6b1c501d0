import SpikeIR

extension Pass {
  /// Turns the analog graph into a spiking one: rectifications into populations, the input into
  /// an encoder, the last linear layer into a read-out.
  ///
  ///     %c = conv2d %image; %r = relu %c      ->   %e = encode %image; %c = conv2d %e;
  ///                                                %r = fire %c {threshold=1, start=0, bias}
  ///
  /// Thresholds are 1, because weights and biases count in λ. What the imported model applies to
  /// its logits (softmax, sigmoid) is noted in the read-out.
  static let lowerToSpiking = Pass(
    name: "lower-to-spiking",
    summary: "Turns rectifications into populations, the input into an encoder.",
    options: [
      PassOption("input", "direct", "direct | rate | poisson"),
      PassOption("seed", "0", "of poisson"),
    ],
    requires: [.batchNormFolded, .currentsResolved, .averagePoolingAbsorbed],
    establishes: [.spiking],
    preserves: .changesMeaning("values become spike trains")
  ) { graph, context in
    try refuseHiddenFunctions(&graph)
    try InputCoding(context).apply(to: &graph)
    try connectPopulations(&graph)
    for id in graph.order { try lower(id, &graph) }
    try lowerOutputs(&graph)
    try graph.reinferTypes()
    graph.removeDeadNodes()
  }
}

/// Checks that functions without a rate code stand only at the outputs.
private func refuseHiddenFunctions(_ graph: inout Graph) throws {
  for node in graph.nodes {
    guard case .activation(let activation) = node.operation else { continue }
    if graph.outputs.contains(node.id), graph.users()[node.id] == nil { continue }
    throw Diagnostic(
      "a hidden \(activation.function.rawValue) has no rate code: spikes carry what a ReLU gives",
      origin: node.origin,
      notes: ["train the network with ReLU there, then compile it again"])
  }
}

/// Puts a diagonal synapse of weight 1 wherever spikes go straight into a sum or a population.
private func connectPopulations(_ graph: inout Graph) throws {
  var currents: Set<NodeID> = []
  for id in graph.order {
    let node = graph[id]
    switch node.operation {
    case .conv2d, .dense, .diagonal:
      currents.insert(id)
    case .add, .relu:
      for operand in Set(node.operands) where !currents.contains(operand) {
        let weight = graph.constants.add("\(graph[operand].name).relay", Tensor([1], [1]))
        let relay = try graph.add(
          "\(graph[operand].name).relay", Diagonal(weight: weight), [operand],
          origin: graph[operand].origin, before: id)
        graph[id].operands = graph[id].operands.map { $0 == operand ? relay : $0 }
      }
      if case .add = node.operation { currents.insert(id) }
    case .averagePool, .sumPool, .reshape, .transpose, .pad, .concat:
      if node.operands.allSatisfy(currents.contains) { currents.insert(id) }
    case .input, .batchNorm, .leakyRelu, .activation, .maxPool, .encode, .fire, .readOut, .decode:
      break
    }
  }
}

private func lower(_ id: NodeID, _ graph: inout Graph) throws {
  guard case .relu = graph[id].operation else { return }
  let node = graph[id]
  let bias = try BiasCollector.take(node.operands[0], &graph)
  let constants = (
    threshold: graph.constants.add("\(node.name).threshold", Tensor([1], [1])),
    start: graph.constants.add("\(node.name).start", Tensor([1], [0]))
  )
  graph[id].operation = .fire(
    Fire(
      threshold: constants.threshold, start: constants.start,
      bias: biasConstant(bias, node, &graph)))
}

private func biasConstant(_ bias: Scale, _ node: Node, _ graph: inout Graph) -> ConstantID? {
  if bias.values.allSatisfy({ $0 == 0 }) { return nil }
  return graph.constants.add("\(node.name).bias", Tensor(bias.shape(node.type), bias.values))
}

/// Gives every output a read-out of currents, or a decoding of spikes.
private func lowerOutputs(_ graph: inout Graph) throws {
  for output in Set(graph.outputs).sorted() {
    var inner = graph[output]
    var function: Activation.Function?
    if case .activation(let activation) = inner.operation {
      function = activation.function
      inner = graph[inner.operands[0]]
    }
    let parameters: any OperationParameters
    if BiasCollector.isCurrent(inner.id, graph) {
      let bias = try BiasCollector.take(inner.id, &graph)
      let scale = graph.constants.add("\(inner.name).unit", Tensor([1], [1]))
      parameters = ReadOut(
        scale: scale, bias: biasConstant(bias, inner, &graph), function: function)
    } else {
      let scale = graph.scale(of: inner.id).simplified(inner.type)
      parameters = Decode(
        scale: graph.constants.add(
          "\(inner.name).unit", Tensor(scale.shape(inner.type), scale.values)),
        function: function)
    }
    try graph.reinferTypes()
    let name = "\(inner.name).out"
    let end = try graph.add(
      name, parameters, [inner.id], origin: inner.origin.merged(graph[output].origin))
    graph.outputs = graph.outputs.map { $0 == output ? end : $0 }
  }
}
