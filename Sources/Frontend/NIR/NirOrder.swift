import SpikeIR

/// The nodes that a graph's outputs need, each after what drives it.
enum NirOrder {
  /// Sorts the graph.
  ///
  /// - Throws: a `Diagnostic` if there is no output, or if connections form a cycle.
  static func sorted(_ graph: NirGraph) throws -> [NirNode] {
    let drivers = Dictionary(grouping: graph.edges, by: \.to).mapValues { $0.map(\.from) }
    let outputs = graph.nodes.filter { $0.type == "Output" && !graph.isNested($0.name) }
    guard !outputs.isEmpty else {
      throw Diagnostic("has no Output node", notes: ["nir.NIRGraph.from_list adds one"])
    }
    let inputs = graph.nodes.filter { $0.type == "Input" && !graph.isNested($0.name) }
    var states: [String: Bool] = [:]
    var result: [NirNode] = []
    for root in inputs + outputs {
      var stack = [(name: root.name, next: 0)]
      if states[root.name] == nil { states[root.name] = false } else { continue }
      while let (name, next) = stack.last {
        let list = drivers[name] ?? []
        guard next < list.count else {
          states[name] = true
          if let node = graph.node(name) { result.append(node) }
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        switch states[list[next]] {
        case nil:
          states[list[next]] = false
          stack.append((list[next], 0))
        case false: throw recurrence(from: list[next], stack.map(\.name))
        case true: break
        }
      }
    }
    return result
  }

  private static func recurrence(from start: String, _ path: [String]) -> Diagnostic {
    let cycle = path.drop { $0 != start }.reversed()
    return Diagnostic(
      "is part of a recurrent connection (\(cycle.joined(separator: " -> "))); only feed-forward"
        + " networks are compiled", layer: start)
  }
}
