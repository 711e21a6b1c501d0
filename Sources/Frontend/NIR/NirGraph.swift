import HDF5
import SpikeIR

/// A NIR graph with nested graphs put in their place.
///
/// A nested graph's `Input` and `Output` stay as nodes that pass on what they get.
struct NirGraph {
  /// The nodes in the file's order.
  private(set) var nodes: [NirNode] = []
  /// From whom to whom values go.
  private(set) var edges: [(from: String, to: String)] = []
  /// What the file says of itself: names and texts, or shapes.
  private(set) var metadata: [(key: String, value: String)] = []
  private var byName: [String: NirNode] = [:]
  /// The inputs and outputs of nested graphs, by the graph's name.
  private var doors: [String: (inputs: [String], outputs: [String])] = [:]

  private static let most = (nodes: 1 << 14, edges: 1 << 16, depth: 16)

  /// Reads the graph in a group.
  ///
  /// - Throws: a `Diagnostic`, or an `HDF5Error` if the file is corrupt.
  init(_ group: HDF5Group) throws {
    try read(group, prefix: "", depth: 0)
    if let group = try? group.group("metadata") { metadata = NirGraph.texts(of: group) }
  }

  /// The node of a name.
  func node(_ name: String) -> NirNode? { byName[name] }

  /// Whether a node belongs to a nested graph.
  func isNested(_ name: String) -> Bool {
    doors.keys.contains { name.hasPrefix($0 + ".") }
  }

  private mutating func read(_ group: HDF5Group, prefix: String, depth: Int) throws {
    guard depth < NirGraph.most.depth else {
      throw Diagnostic("nests graphs more than \(NirGraph.most.depth) deep")
    }
    guard group.exists("nodes") else {
      throw Diagnostic("a graph without nodes", layer: prefix.isEmpty ? "node" : prefix)
    }
    let list = try group.group("nodes")
    let names = try list.children()
    guard nodes.count + names.count <= NirGraph.most.nodes else {
      throw Diagnostic("holds more than \(NirGraph.most.nodes) nodes")
    }
    for name in names {
      let node = try NirNode(name: prefix + name, group: try list.group(name))
      if node.type == "NIRGraph" {
        try read(node.graph, prefix: "\(node.name).", depth: depth + 1)
        let inner = nodes.filter { $0.name.hasPrefix(node.name + ".") }
        doors[node.name] = (
          inner.filter { $0.type == "Input" && isDirect($0.name, in: node.name) }.map(\.name),
          inner.filter { $0.type == "Output" && isDirect($0.name, in: node.name) }.map(\.name)
        )
      } else {
        nodes.append(node)
        byName[node.name] = node
      }
    }
    try readEdges(group, prefix: prefix)
  }

  private func isDirect(_ name: String, in graph: String) -> Bool {
    !doors.keys.contains { $0 != graph && $0.hasPrefix(graph + ".") && name.hasPrefix($0 + ".") }
  }

  private mutating func readEdges(_ group: HDF5Group, prefix: String) throws {
    guard group.exists("edges") else { return }
    let dataset = try group.dataset("edges")
    guard dataset.count > 0 else { return }
    guard dataset.shape.count == 2, dataset.shape[1] == 2,
      dataset.count / 2 + edges.count <= NirGraph.most.edges
    else {
      throw Diagnostic("its edges have shape \(dataset.shape), expected [edges, 2]")
    }
    let ends = try dataset.readStrings()
    var seen = Set(edges.map { [$0.from, $0.to] })
    for i in stride(from: 0, to: ends.count, by: 2) {
      let from = try end(prefix + ends[i], \.outputs)
      let to = try end(prefix + ends[i + 1], \.inputs)
      if seen.insert([from, to]).inserted { edges.append((from, to)) }
    }
  }

  /// The node that an end of an edge stands for.
  private func end(
    _ name: String, _ side: KeyPath<(inputs: [String], outputs: [String]), [String]>
  ) throws -> String {
    if byName[name] != nil { return name }
    guard let graph = doors[name] else {
      let near = name.nearest(in: Array(byName.keys)).map { ["did you mean '\($0)'?"] } ?? []
      throw Diagnostic("an edge names '\(name)', which is no node", notes: near)
    }
    let nodes = graph[keyPath: side]
    guard nodes.count == 1 else {
      throw Diagnostic(
        "is a graph with \(nodes.count) inputs or outputs at an edge that says not which",
        layer: name)
    }
    return nodes[0]
  }

  /// What a group of metadata says: texts and single numbers as they are, shapes of the rest.
  private static func texts(of group: HDF5Group) -> [(key: String, value: String)] {
    let names = (try? group.children()) ?? []
    return names.prefix(256).compactMap { name in
      guard let dataset = try? group.dataset(name) else { return nil }
      if let text = try? dataset.readStrings() {
        return (name, text.joined(separator: ", "))
      }
      guard let numbers = try? dataset.read(as: Double.self) else { return nil }
      let shown = numbers.prefix(8).map { Int(exactly: $0).map(String.init) ?? "\($0)" }
      return (name, shown.joined(separator: ", ") + (numbers.count > 8 ? ", ..." : ""))
    }
  }

  /// What the text of metadata `key` is.
  func metadata(_ key: String) -> String? { metadata.first { $0.key == key }?.value }
}
