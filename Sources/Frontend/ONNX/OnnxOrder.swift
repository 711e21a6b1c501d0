import SpikeIR

/// The order in which the nodes of a model are built.
enum OnnxOrder {
  /// The nodes that the outputs need, each behind those that it takes values of; as they stand in
  /// the file where that is such an order already.
  ///
  /// - Throws: a `Diagnostic` if a value is missing, given twice, or depends on itself.
  static func sorted(_ model: OnnxModel) throws -> [OnnxNode] {
    var givers: [String: Int] = [:]
    for (index, node) in model.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard givers.updateValue(index, forKey: output) == nil else {
          throw Diagnostic("gives the value '\(output)', as another node does", layer: node.name)
        }
      }
    }
    let given = Set(model.inputs.map(\.name)).union(model.initializers.keys)
    let needed = try needed(model, givers, given)
    var sorter = Sorter(nodes: model.nodes, givers: givers)
    for index in model.nodes.indices where needed.contains(index) { try sorter.visit(index) }
    return sorter.order.map { model.nodes[$0] }
  }

  private static func needed(_ model: OnnxModel, _ givers: [String: Int], _ given: Set<String>)
    throws -> Set<Int>
  {
    var needed: Set<Int> = []
    var open: [(name: String, user: String)] = model.outputs.map { ($0, $0) }
    while let (name, user) = open.popLast() {
      guard let giver = givers[name] else {
        if given.contains(name) { continue }
        throw Diagnostic(
          "takes the value '\(name)', which no node gives", layer: user,
          notes: ["the file is damaged, or was cut out of a larger one"])
      }
      guard needed.insert(giver).inserted else { continue }
      let node = model.nodes[giver]
      open += node.inputs.filter { !$0.isEmpty }.map { ($0, node.name) }
    }
    return needed
  }

  /// A depth-first search with a stack of its own, since a hostile chain may be long.
  private struct Sorter {
    let nodes: [OnnxNode]
    let givers: [String: Int]
    private(set) var order: [Int] = []
    private var isDone: Set<Int> = []
    private var isOpen: Set<Int> = []

    init(nodes: [OnnxNode], givers: [String: Int]) {
      self.nodes = nodes
      self.givers = givers
    }

    mutating func visit(_ start: Int) throws {
      var stack = [start]
      while let index = stack.last {
        if isDone.contains(index) {
          stack.removeLast()
          continue
        }
        let waiting = nodes[index].inputs.compactMap { givers[$0] }.filter { !isDone.contains($0) }
        if waiting.isEmpty {
          isDone.insert(index)
          order.append(index)
          stack.removeLast()
        } else {
          guard isOpen.insert(index).inserted else {
            throw Diagnostic("takes a value that depends on its own", layer: nodes[index].name)
          }
          stack += waiting.reversed()
        }
      }
    }
  }
}
