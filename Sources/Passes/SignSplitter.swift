import SpikeIR

/// Replaces signed values by pairs of rectified ones, in topological order.
struct SignSplitter {
  private(set) var graph: Graph
  /// The values that are currents: synapses, sums, and structure over them.
  private var currents: Set<NodeID> = []
  private var pairs: [NodeID: Pair] = [:]

  /// value = positive + coefficient · negative, where both parts are rectified.
  private struct Pair {
    var positive: NodeID
    var negative: NodeID
    var coefficient: Scale
    /// Whether no element has both parts, and a negative part makes the value negative.
    var isDisjoint: Bool
  }

  /// The concatenations of nothing but currents that each go nowhere else.
  private var currentJoins: Set<NodeID> = []

  init(_ graph: Graph) {
    self.graph = graph
    collectCurrentJoins()
  }

  /// Looks ahead: whether an operand of a concatenation may stay a current depends on the others.
  private mutating func collectCurrentJoins() {
    let users = graph.users()
    var linear: Set<NodeID> = []
    func stays(_ id: NodeID) -> Bool {
      linear.contains(id) && users[id]?.count == 1 && !graph.outputs.contains(id)
    }
    for node in graph.nodes {
      switch node.operation {
      case .diagonal where graph.isInputScaling(node.id): break
      case .conv2d, .dense, .diagonal, .add: linear.insert(node.id)
      case .averagePool, .sumPool, .reshape, .transpose, .pad, .concat:
        guard node.operands.allSatisfy(stays) else { break }
        linear.insert(node.id)
        if case .concat = node.operation { currentJoins.insert(node.id) }
      case .input, .batchNorm, .relu, .leakyRelu, .activation, .maxPool, .encode, .fire, .readOut,
        .decode:
        break
      }
    }
  }

  mutating func run() throws {
    for id in graph.order { try visit(id) }
    for output in Set(graph.outputs) {
      guard let pair = pairs[output] else { continue }
      let whole = try joined(pair, graph[output].origin, before: nil)
      graph.outputs = graph.outputs.map { $0 == output ? whole : $0 }
    }
  }

  private mutating func visit(_ id: NodeID) throws {
    let hasPair = graph[id].operands.contains { pairs[$0] != nil }
    if hasPair, try consume(id) { return }
    let node = graph[id]
    switch node.operation {
    case .leakyRelu(let leaky):
      let slope = Scale(graph.constants[leaky.slope].floats.map { -$0 })
      try split(node.operands[0], for: id, coefficient: slope)
    case .diagonal where graph.isInputScaling(id):
      break
    case .conv2d, .dense, .diagonal, .add:
      currents.insert(id)
      if !isResolved(id) { try split(id, for: id, coefficient: Scale([-1])) }
    case .averagePool, .sumPool, .reshape, .transpose, .pad, .concat:
      guard node.operands.allSatisfy(currents.contains) else { break }
      currents.insert(id)
      if !isResolved(id) { try split(id, for: id, coefficient: Scale([-1])) }
    case .maxPool:
      if currents.contains(node.operands[0]) { throw signedMaximum(node) }
    case .input, .batchNorm, .relu, .activation, .encode, .fire, .readOut, .decode:
      break
    }
  }

  /// Whether the only thing that takes the value can take a current.
  private func isResolved(_ id: NodeID) -> Bool {
    let users = graph.users()[id] ?? []
    if graph.outputs.contains(id) { return users.isEmpty }
    guard users.count == 1, let user = users.first else { return false }
    switch graph[user].operation {
    case .relu, .add, .averagePool, .sumPool, .reshape, .transpose, .pad, .activation, .leakyRelu:
      return true
    case .concat:
      return currentJoins.contains(user)
    case .maxPool:
      return false
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .encode, .fire, .readOut, .decode:
      return false
    }
  }

  /// Makes the pair of `source`'s parts stand for the value of `id`.
  private mutating func split(_ source: NodeID, for id: NodeID, coefficient: Scale) throws {
    let node = graph[source]
    let name = graph[id].name
    let successor = successor(of: id)
    let positive = try graph.add(
      "\(name).positive", ReLU(), [source], origin: graph[id].origin, before: successor)
    let opposite = try negated(source, before: successor)
    let negative = try graph.add(
      "\(name).negative", ReLU(), [opposite], origin: graph[id].origin, before: successor)
    if node.operation.isMaxPool { throw signedMaximum(node) }
    pairs[id] = Pair(
      positive: positive, negative: negative, coefficient: coefficient,
      isDisjoint: coefficient.values.allSatisfy { $0 <= 0 })
  }

  private func successor(of id: NodeID) -> NodeID? {
    let position = graph.order.firstIndex(of: id)! + 1
    return position < graph.order.count ? graph.order[position] : nil
  }

  /// A copy of the current `id` with the opposite sign.
  private mutating func negated(_ id: NodeID, before successor: NodeID?) throws -> NodeID {
    let node = graph[id]
    let minus = Scale([-1])
    guard currents.contains(id) else {
      return try scaled(id, minus, "\(node.name).opposite", before: successor)
    }
    var operation = node.operation
    var operands = node.operands
    if operation.synapse != nil {
      operation = SynapseWeights(node, graph).scaled(input: .one, output: minus, node, &graph)
    } else {
      operands = try operands.map { try negated($0, before: successor) }
    }
    let copy = try graph.add(
      "\(node.name).opposite", operation.parameters, operands, type: node.type,
      origin: node.origin, before: successor)
    currents.insert(copy)
    return copy
  }

  /// Lets a node take the parts of its signed operands. Gives whether the node is done.
  private mutating func consume(_ id: NodeID) throws -> Bool {
    let node = graph[id]
    switch node.operation {
    case .conv2d, .dense, .diagonal:
      try consumeBySynapse(node, pairs[node.operands[0]]!)
      return true
    case .add:
      try consumeBySum(node)
      return false
    case .relu where pairs[node.operands[0]]!.isDisjoint:
      graph[id].operands = [pairs[node.operands[0]]!.positive]
      return true
    case .averagePool, .sumPool, .reshape, .transpose, .pad, .concat:
      try consumeByStructure(node)
      return true
    case .maxPool:
      throw signedMaximum(node)
    case .batchNorm, .relu, .leakyRelu, .activation:
      graph[id].operands = [
        try joined(pairs[node.operands[0]]!, graph[node.operands[0]].origin, before: id)
      ]
      return false
    case .input, .encode, .fire, .readOut, .decode:
      preconditionFailure("split-signed works on the analog stage")
    }
  }

  /// `W·x` becomes `W·positive + (W·coefficient)·negative`; the bias stays with the first.
  private mutating func consumeBySynapse(_ node: Node, _ pair: Pair) throws {
    let successor = successor(of: node.id)
    let weights = SynapseWeights(node, graph)
    guard weights.takesInputFactor(pair.coefficient, graph[pair.negative].type) else {
      throw Diagnostic(
        "a slope per pixel in front of a convolution has no spiking form", origin: node.origin)
    }
    graph[node.id].operands = [pair.positive]
    var second = weights.scaled(input: pair.coefficient, output: .one, node, &graph).synapse!
    second.bias = nil
    let other = try graph.add(
      "\(node.name).negative", second, [pair.negative], origin: node.origin, before: successor)
    let sum = try graph.add(
      "\(node.name).sum", Add(), [node.id, other], origin: node.origin, before: successor)
    currents.formUnion([node.id, other])
    graph.replaceUses(of: node.id, with: sum, except: sum)
    try visit(sum)
  }

  private mutating func consumeBySum(_ node: Node) throws {
    for (position, operand) in node.operands.enumerated() {
      guard let pair = pairs[operand] else { continue }
      graph[node.id].operands[position] = pair.positive
      let part = try scaled(
        pair.negative, pair.coefficient, "\(node.name).negative", before: node.id)
      graph[node.id].operands.append(part)
    }
  }

  /// A copy of the node moves the negative parts as the node moves the positive ones.
  ///
  /// Where a concatenation also has operands without a sign, they stand in both copies, with
  /// coefficient 0 in the second.
  private mutating func consumeByStructure(_ node: Node) throws {
    let parts = node.operands.map { pairs[$0] }
    let negatives = zip(node.operands, parts).map { $1?.negative ?? $0 }
    let coefficients = parts.map { $0?.coefficient ?? Scale([0]) }
    let coefficient = node.operation.carry(
      coefficients, node.type, node.operands.map { graph[$0].type })
    graph[node.id].operands = zip(node.operands, parts).map { $1?.positive ?? $0 }
    let copy = try graph.add(
      "\(node.name).negative", node.operation.parameters, negatives, type: node.type,
      origin: node.origin, before: successor(of: node.id))
    pairs[node.id] = Pair(
      positive: node.id, negative: copy, coefficient: coefficient,
      isDisjoint: !node.operation.isPooling && parts.allSatisfy { $0?.isDisjoint ?? true })
  }

  /// The whole value as a current.
  private mutating func joined(_ pair: Pair, _ origin: Origin, before successor: NodeID?) throws
    -> NodeID
  {
    let positive = try scaled(pair.positive, .one, "joined.positive", before: successor)
    let negative = try scaled(
      pair.negative, pair.coefficient, "joined.negative", before: successor)
    let sum = try graph.add(
      "joined", Add(), [positive, negative], origin: origin, before: successor)
    currents.formUnion([positive, negative, sum])
    return sum
  }

  private mutating func scaled(
    _ id: NodeID, _ factor: Scale, _ name: String, before successor: NodeID?
  ) throws -> NodeID {
    let type = graph[id].type
    let short = factor.simplified(type)
    let weight = graph.constants.add("\(name).weight", Tensor(short.shape(type), short.values))
    let result = try graph.add(
      name, Diagonal(weight: weight), [id], origin: graph[id].origin, before: successor)
    currents.insert(result)
    return result
  }

  private func signedMaximum(_ node: Node) -> Diagnostic {
    Diagnostic(
      "max-pooling of values that can be negative has no rate code", origin: node.origin,
      notes: ["put a ReLU before or behind the pooling, or use average pooling"])
  }
}

extension Operation {
  /// Whether the operation mixes elements of one channel.
  fileprivate var isPooling: Bool { parameters is any Pooling }

  /// Whether the operation is a max-pooling.
  var isMaxPool: Bool {
    if case .maxPool = self { true } else { false }
  }
}
