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
    let functions = try stripOutputFunctions(&graph)
    try InputCoding(context).apply(to: &graph)
    try connectPopulations(&graph)
    for id in graph.order { try lower(id, &graph) }
    var biases: [NodeID: Scale] = [:]
    for output in Set(graph.outputs) where BiasCollector.isCurrent(output, graph) {
      biases[output] = try BiasCollector.take(output, &graph)
    }
    try graph.reinferTypes()
    try lowerOutputs(functions, biases, &graph)
    graph.removeDeadNodes()
  }
}

/// Makes the logits the outputs; gives the function that was applied to each output, if any.
///
/// - Throws: a `Diagnostic` for a function without a rate code anywhere else.
func stripOutputFunctions(_ graph: inout Graph) throws -> [Activation.Function?] {
  let users = graph.users()
  var functions: [Activation.Function?] = []
  for (position, output) in graph.outputs.enumerated() {
    let last = beforeReshapes(output, users, graph)
    guard case .activation(let activation) = graph[last].operation else {
      functions.append(nil)
      continue
    }
    functions.append(activation.function)
    let logits = graph[last].operands[0]
    if last == output {
      graph.outputs[position] = logits
    } else {
      graph.replaceUses(of: last, with: logits)
    }
  }
  graph.removeDeadNodes()
  for node in graph.nodes {
    guard case .activation(let activation) = node.operation else { continue }
    throw Diagnostic(
      "a hidden \(activation.function.rawValue) has no rate code: spikes carry what a ReLU gives",
      origin: node.origin,
      notes: ["train the network with ReLU there, then compile it again"])
  }
  return functions
}

/// What an output only reshapes (MobileNet's softmax over a 1x1 image), or the output itself; a
/// value that goes elsewhere too is no output's alone.
private func beforeReshapes(_ output: NodeID, _ users: [NodeID: [NodeID]], _ graph: Graph)
  -> NodeID
{
  var (last, reader): (NodeID, NodeID?) = (output, nil)
  while users[last] ?? [] == reader.map({ [$0] }) ?? [],
    reader == nil || !graph.outputs.contains(last)
  {
    guard case .reshape = graph[last].operation else { return last }
    (last, reader) = (graph[last].operands[0], last)
  }
  return output
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
      for (position, operand) in node.operands.enumerated() where !currents.contains(operand) {
        let weight = graph.constants.add("\(graph[operand].name).relay", Tensor([1], [1]))
        let relay = try graph.add(
          "\(graph[operand].name).relay", Diagonal(weight: weight), [operand],
          origin: graph[operand].origin, before: id)
        graph[id].operands[position] = relay
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
  guard case .relu(let relu) = graph[id].operation else { return }
  let node = graph[id]
  let bias = try BiasCollector.take(node.operands[0], &graph)
  let constants = (
    threshold: graph.constants.add("\(node.name).threshold", Tensor([1], [1])),
    start: graph.constants.add("\(node.name).start", Tensor([1], [0]))
  )
  graph[id].operation = .fire(
    Fire(
      threshold: constants.threshold, start: constants.start,
      bias: biasConstant(bias, node, &graph), ceiling: relu.ceiling,
      neuron: Neuron(spikes: relu.copies)))
}

private func biasConstant(_ bias: Scale, _ node: Node, _ graph: inout Graph) -> ConstantID? {
  if bias.values.allSatisfy({ $0 == 0 }) { return nil }
  return graph.constants.add("\(node.name).bias", Tensor(bias.shape(node.type), bias.values))
}

/// Gives every output a read-out of currents, or a decoding of spikes; equal outputs share one.
private func lowerOutputs(
  _ functions: [Activation.Function?], _ biases: [NodeID: Scale], _ graph: inout Graph
) throws {
  var lowered: [NodeID: NodeID] = [:]
  for (position, function) in functions.enumerated() {
    let inner = graph[graph.outputs[position]]
    if let known = lowered[inner.id] {
      graph.outputs[position] = known
      continue
    }
    let scale = graph.scale(of: inner.id).simplified(inner.type)
    let unit = graph.constants.add(
      "\(inner.name).unit", Tensor(scale.shape(inner.type), scale.values))
    let parameters: any OperationParameters
    if let bias = biases[inner.id] {
      parameters = ReadOut(
        scale: unit, bias: biasConstant(bias, inner, &graph), function: function)
    } else {
      parameters = Decode(scale: unit, function: function)
    }
    graph.outputs[position] = try graph.add(
      "\(inner.name).out", parameters, [inner.id], origin: inner.origin)
    lowered[inner.id] = graph.outputs[position]
  }
}
