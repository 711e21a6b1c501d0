import SpikeIR

extension Pass {
  /// Turns average pooling into sums of spikes, its divisor into the scale of the value.
  ///
  ///     %p = average_pool %r {kernel=[2,2]}; %c = conv2d %p   ->   %p = sum_pool %r scale 1/4
  ///                                                                %c = conv2d %p with W / 4
  ///
  /// With `population=all` every pooling becomes a population of its own, as in the ECC paper:
  /// `relu(diagonal(sum_pool))`. Padding that does not count in the divisor needs one always,
  /// because its divisor differs from place to place.
  static let absorbAveragePooling = Pass(
    name: "absorb-average-pooling",
    summary: "Turns average pooling into sums of spikes, or into populations.",
    options: [PassOption("population", "none", "none | all (the paper's spiking pool)")],
    requires: [.currentsResolved],
    establishes: [.averagePoolingAbsorbed],
    preserves: .within(1e-4)
  ) { graph, context in
    let mode: PoolPopulation = try context.arguments.choice("population")
    var divisors: [NodeID: Scale] = [:]
    for id in graph.order {
      guard case .averagePool(let pool) = graph[id].operation else { continue }
      let isUneven = !pool.countsPadding && pool.window.padding != [0, 0, 0, 0]
      if isUneven || (mode == .all && !isCurrent(graph[id].operands[0], graph)) {
        try makePopulation(id, pool, in: &graph)
      } else {
        divisors[id] = Scale([1 / Float(pool.window.area)])
      }
    }
    for (id, _) in divisors {
      guard case .averagePool(let pool) = graph[id].operation else { continue }
      graph[id].operation = .sumPool(SumPool(pool.window))
    }
    try Rescaling.apply(divisors, to: &graph)
  }
}

private enum PoolPopulation: String, CaseIterable { case none, all }

/// Whether a value can be negative: it is linear, or the input.
private func isCurrent(_ id: NodeID, _ graph: Graph) -> Bool {
  let node = graph[id]
  if node.operation.isStructural { return node.operands.contains { isCurrent($0, graph) } }
  switch node.operation {
  case .relu: return false
  default: return true
  }
}

/// average_pool -> sum_pool, diagonal by 1 / (elements of the window at each place), relu.
private func makePopulation(_ id: NodeID, _ pool: AveragePool, in graph: inout Graph) throws {
  let node = graph[id]
  guard !isCurrent(node.operands[0], graph) else {
    throw Diagnostic(
      "average pooling with padding takes values that can be negative, which has no rate code",
      origin: node.origin, notes: ["put a ReLU in front of the pooling"])
  }
  let sum = try graph.add(
    "\(node.name).sum", SumPool(pool.window), node.operands, origin: node.origin, before: id)
  let weights = windowDivisors(pool, of: graph[node.operands[0]].type, node.type)
    .simplified(node.type)
  let weight = graph.constants.add(
    "\(node.name).divisor", Tensor(weights.shape(node.type), weights.values))
  let mean = try graph.add(
    "\(node.name).mean", Diagonal(weight: weight), [sum], origin: node.origin, before: id)
  graph[id].operation = .relu(ReLU())
  graph[id].operands = [mean]
}

/// 1 / (number of elements averaged), for each element of the pooled value.
private func windowDivisors(_ pool: AveragePool, of operand: TensorType, _ type: TensorType)
  -> Scale
{
  func extent(_ axis: Int, _ position: Int) -> Int {
    if pool.countsPadding { return pool.window.kernel[axis] }
    let start = position * pool.window.stride[axis] - pool.window.padding[axis]
    let end = min(start + pool.window.kernel[axis], operand.shape[axis])
    return end - max(start, 0)
  }
  var values: [Float] = []
  for y in 0..<type.shape[0] {
    for x in 0..<type.shape[1] {
      let divisor = 1 / Float(extent(0, y) * extent(1, x))
      values += [Float](repeating: divisor, count: type.shape[2])
    }
  }
  return Scale(values)
}
