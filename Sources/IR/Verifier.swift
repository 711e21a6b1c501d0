extension Graph {
  /// Checks everything that must hold of a graph, and re-proves each fact that it claims.
  ///
  /// - Throws: a `Diagnostic` about the first thing that does not hold.
  public func verify() throws {
    try verifyStructure()
    for node in nodes { try verify(node) }
    for fact in Fact.allCases where facts.contains(fact) { try prove(fact) }
  }

  private func verifyStructure() throws {
    var seen: Set<NodeID> = []
    var names: Set<String> = []
    for node in nodes {
      for operand in node.operands where !seen.contains(operand) {
        throw Diagnostic("%\(node.name) takes a value that is not defined before it")
      }
      seen.insert(node.id)
      guard names.insert(node.name).inserted else {
        throw Diagnostic("the name %\(node.name) is used twice")
      }
    }
    guard !outputs.isEmpty else { throw Diagnostic("the graph has no output") }
    guard outputs.allSatisfy(seen.contains) else {
      throw Diagnostic("an output is not a node of the graph")
    }
  }

  private func verify(_ node: Node) throws {
    let named = node.operation.constants + (node.scale.map { [("scale", $0)] } ?? [])
    for (name, id) in named {
      guard constants.contains(id) else {
        throw Diagnostic("%\(node.name) names a \(name) that does not exist", origin: node.origin)
      }
      let tensor = constants[id]
      guard tensor.isInteger || tensor.floats.allSatisfy(\.isFinite) else {
        throw Diagnostic(
          "@\(constants.name(of: id)) holds NaN or infinity", origin: node.origin,
          notes: ["the training of the model diverged, or the file is damaged"])
      }
    }
    if let scale = node.scale { try verify(scale, of: node) }
    let type = try inferType(
      node.operation.parameters, node.operands, declared: node.type, origin: node.origin)
    guard type == node.type else {
      throw Diagnostic(
        "%\(node.name) is declared as \(node.type), its operands give \(type)",
        origin: node.origin)
    }
  }

  private func verify(_ scale: ConstantID, of node: Node) throws {
    let tensor = constants[scale]
    let shapes = [[1], [node.type.channels], node.type.shape]
    guard shapes.contains(tensor.shape), tensor.floats.allSatisfy({ $0 > 0 }) else {
      throw Diagnostic(
        "the scale of %\(node.name) must be positive and fit \(node.type)", origin: node.origin)
    }
  }
}
