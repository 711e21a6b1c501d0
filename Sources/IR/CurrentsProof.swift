extension Graph {
  /// Proves that no linear value is used where a sign would be lost: each is used once, by a
  /// rectification, a population, a sum, structure over linear values, or as an output.
  ///
  /// What scales the input is the encoder's business and may have any users.
  ///
  /// - Throws: a `Diagnostic` about the first linear value that is used otherwise.
  func proveCurrents() throws {
    let users = users()
    var currents: Set<NodeID> = []
    for node in nodes where isCurrent(node, currents) { currents.insert(node.id) }
    for node in nodes {
      if case .leakyRelu = node.operation { throw unresolved(node, "gives values with a sign") }
      guard currents.contains(node.id) else { continue }
      let uses = users[node.id] ?? []
      guard uses.count + (outputs.contains(node.id) ? 1 : 0) <= 1 else {
        throw unresolved(node, "is a current that is used more than once")
      }
      guard let user = uses.first, !takesCurrents(self[user], currents) else { continue }
      throw unresolved(node, "is a current, but %\(self[user].name) takes what spikes can carry")
    }
  }

  /// Whether a node only scales and shifts the input, for all that takes it: then the input's
  /// coding can do it, and the value is no current.
  public func isInputScaling(_ id: NodeID) -> Bool {
    guard case .diagonal(let diagonal) = self[id].operation,
      case .input = self[self[id].operands[0]].operation,
      constants[diagonal.weight].floats.allSatisfy({ $0 > 0 })
    else { return false }
    let input = self[id].operands[0]
    return !outputs.contains(input) && nodes.count { $0.operands.contains(input) } == 1
  }

  private func unresolved(_ node: Node, _ reason: String) -> Diagnostic {
    Diagnostic(
      "\(Fact.currentsResolved.rawValue) does not hold: %\(node.name) \(reason)",
      origin: node.origin)
  }

  /// Whether a value is linear in spikes or in the input.
  private func isCurrent(_ node: Node, _ currents: Set<NodeID>) -> Bool {
    if node.type.element != .f32 { return node.type.element == .current }
    switch node.operation {
    case .conv2d, .dense, .batchNorm, .add: return true
    case .diagonal: return !isInputScaling(node.id)
    case .averagePool, .sumPool, .reshape, .transpose, .pad, .maxPool:
      return currents.contains(node.operands[0])
    case .concat: return node.operands.contains(where: currents.contains)
    case .input, .relu, .leakyRelu, .activation, .encode, .fire, .readOut, .decode: return false
    }
  }

  private func takesCurrents(_ user: Node, _ currents: Set<NodeID>) -> Bool {
    switch user.operation {
    case .relu, .add, .activation, .fire, .readOut: return true
    case .averagePool, .sumPool, .reshape, .transpose, .pad: return true
    case .concat: return user.operands.allSatisfy(currents.contains)
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .leakyRelu, .maxPool, .encode, .decode:
      return false
    }
  }
}

extension Operation {
  /// Whether the operation is a population, or will be one.
  var isPopulation: Bool {
    switch self {
    case .relu, .fire: true
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .leakyRelu, .activation, .averagePool,
      .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode, .readOut, .decode:
      false
    }
  }
}
