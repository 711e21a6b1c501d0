import SpikeIR
import SpikeTargets

/// Turns one node of a graph after the other into nodes of a NIR file.
struct NIREmitter {
  let graph: Graph
  let target: Target
  /// What cannot be expressed.
  private(set) var found: [Diagnostic] = []
  private(set) var network = NIRNetwork()
  /// How the elements of a sample become the input.
  private(set) var inputFields: [(name: String, value: NIRNetwork.Field)] = []
  private var values: [NodeID: NIRValue] = [:]
  private let factors: [NodeID: [Double]]
  private let biases: [NodeID: [Double]]

  init(_ graph: Graph, _ target: Target) {
    self.graph = graph
    self.target = target
    let currents = NIRCurrents(graph)
    (factors, biases, found) = (currents.factors, currents.biases, currents.found)
  }

  mutating func visit(_ node: Node) {
    switch node.operation {
    case .input: break
    case .encode: encode(node)
    case .conv2d, .dense, .diagonal, .add, .sumPool, .fire: emit(node)
    case .reshape: reshape(node)
    case .transpose: move(node)
    case .readOut, .decode: output(node)
    case .pad, .maxPool, .concat: refuse(node, "has no \(node.operation.mnemonic)")
    case .batchNorm, .relu, .leakyRelu, .activation, .averagePool:
      preconditionFailure("a quantised graph is of the spiking stage")
    }
  }

  private mutating func refuse(_ node: Node, _ what: String, _ notes: [String] = []) {
    found.append(Diagnostic("NIR \(what)", origin: node.origin, notes: notes))
    values[node.id] = NIRValue(node.type, sources: [])
  }

  /// A name without what libraries trip over, in the order of the network.
  private func name(_ node: Node) -> String {
    let word = String(
      node.name.unicodeScalars.map { scalar in
        let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9") ~= scalar)
        return isPlain ? Character(scalar) : "_"
      })
    let number = "\(network.nodes.count)"
    return "n\(String(repeating: "0", count: max(0, 3 - number.count)))\(number)_\(word)"
  }

  private mutating func add(
    _ node: Node, _ type: String, _ fields: [(name: String, value: NIRNetwork.Field)],
    metadata: [(name: String, value: NIRNetwork.Field)] = [], from sources: [String]
  ) -> String {
    let name = name(node)
    network.nodes.append(.init(name: name, type: type, fields: fields, metadata: metadata))
    network.edges += sources.map { ($0, name) }
    return name
  }

  private mutating func encode(_ node: Node) {
    var value = NIRValue(node.type, sources: ["input"])
    // The sample's own order, until something takes it.
    (value.order, value.shape, value.isInput) = (
      Array(0..<node.type.count), node.type.shape, true
    )
    values[node.id] = value
  }

  /// The operand as the file has it; an input that was only moved about so far gets its node.
  private mutating func taken(_ id: NodeID, by node: Node) -> NIRValue? {
    guard var value = values[id] else { return nil }
    guard value.isInput else { return value }
    let own = NIRValue(graph[id].type, sources: ["input"])
    let order = own.order.map { value.order[$0] }
    let fields: [(name: String, value: NIRNetwork.Field)] = [
      ("input_order", .integers(order, shape: [order.count]))
    ]
    if inputFields.isEmpty {
      inputFields = fields
      network.nodes.append(
        .init(
          name: "input", type: "Input",
          fields: [("shape", .integers(own.shape, shape: [own.shape.count]))]))
    } else if fields[0].value != inputFields[0].value {
      refuse(node, "files have one input; here it is taken in another layout")
      return nil
    }
    value = own
    values[id] = value
    return value
  }

  private mutating func emit(_ node: Node) {
    let operands = node.operands.compactMap { taken($0, by: node) }
    guard operands.count == node.operands.count else {
      return values[node.id] = NIRValue(node.type, sources: [])
    }
    if case .add = node.operation {
      guard operands.allSatisfy({ $0.order == operands[0].order }) else {
        return refuse(node, "adds values of one layout only")
      }
      values[node.id] = operands[0]
      values[node.id]?.sources = operands.flatMap(\.sources)
      return
    }
    let layer = NIRLayer(
      graph: graph, node: node, operand: operands[0], factors: factors[node.id] ?? [1],
      bias: biases[node.id], target: target)
    switch layer.make() {
    case .success(let made):
      let name = add(
        node, made.type, made.fields, metadata: made.metadata, from: operands[0].sources)
      var value = NIRValue(node.type, sources: [name])
      if made.keepsOrder { (value.order, value.shape) = (operands[0].order, operands[0].shape) }
      values[node.id] = value
    case .failure(let diagnostic):
      found.append(diagnostic)
      values[node.id] = NIRValue(node.type, sources: [])
    }
  }

  private mutating func reshape(_ node: Node) {
    guard let value = values[node.operands[0]] else { return }
    if value.isInput { return values[node.id] = value }
    let operand = graph[node.operands[0]].type
    if node.type.shape == operand.shape { return values[node.id] = value }
    guard node.type.shape.count == 1, operand.shape.count == 3 else {
      return refuse(
        node, "cannot give values another shape within the network, only flatten them",
        ["use a network of convolutions, then dense layers"])
    }
    let name = add(
      node, "Flatten",
      [
        ("start_dim", .integers([0], shape: [])), ("end_dim", .integers([-1], shape: [])),
        ("input_type", .integers(value.shape, shape: [3])),
      ], from: value.sources)
    var flat = NIRValue(node.type, sources: [name])
    flat.order = value.order
    values[node.id] = flat
  }

  private mutating func move(_ node: Node) {
    guard case .transpose(let transpose) = node.operation, var value = values[node.operands[0]],
      value.isInput
    else { return refuse(node, "cannot reorder axes within the network") }
    let indices = Tensor.transposedIndices(
      graph[node.operands[0]].type.shape, transpose.permutation)
    value.order = indices.map { value.order[$0] }
    values[node.id] = value
  }

  private mutating func output(_ node: Node) {
    guard let value = taken(node.operands[0], by: node) else { return }
    network.nodes.append(
      .init(
        name: "output", type: "Output",
        fields: [("shape", .integers(value.shape, shape: [value.shape.count]))]))
    network.edges += value.sources.map { ($0, "output") }
    inputFields.append(("output_order", .integers(value.order, shape: [value.order.count])))
  }
}
