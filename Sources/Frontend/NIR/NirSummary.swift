import HDF5
import SpikeIR

/// What a NIR file holds, whether or not it can be compiled.
public struct NirSummary: Sendable {
  /// One node.
  public struct Node: Sendable {
    /// The name, behind those of the graphs around it.
    public var name: String
    /// The type, such as `Conv2d`.
    public var type: String
    /// The shape of what it gives, in NIR's order; nil where it is not known.
    public var shape: [Int]?
    /// Its parameters: a number where one holds for all, else their shape.
    public var parameters: [String]
    /// The nodes that lead to it.
    public var drivers: [String]
    /// What it computes, if it has a state.
    public var model: String
  }

  /// What made the file.
  public var producer: String
  /// What the file says of itself.
  public var metadata: [(key: String, value: String)]
  /// The nodes in the order of flow, where there is one.
  public var nodes: [Node]
  /// How many edges there are.
  public var edges: Int
  /// Why it cannot be compiled; nil if it can.
  public var refusal: Diagnostic?

  private static let models = [
    "IF": "v += r·I; s = v > v_threshold; v = v_reset where s",
    "LIF": "v += dt/tau·(v_leak - v + r·I); s = v > v_threshold; v = v_reset where s",
    "CubaLIF": "i += dt/tau_syn·(w_in·I - i); LIF on i with tau_mem",
    "I": "v += r·I", "LI": "v += dt/tau·(v_leak - v + r·I)",
    "CubaLI": "i += dt/tau_syn·(w_in·I - i); LI on i with tau_mem",
    "Threshold": "s = I > threshold", "Delay": "what it took delay seconds ago",
  ]

  /// Reads the file at `path`; nil if it is no NIR file.
  ///
  /// - Throws: a `Diagnostic` if it is one that cannot be read.
  public static func read(path: String, options: ImportOptions) throws(Diagnostic) -> NirSummary? {
    do {
      guard try FileSignature(ofFile: path) == .hdf5 else { return nil }
      let file = try HDF5File.open(path)
      guard NirFile.matches(file) else { return nil }
      return try NirSummary(try NirFile(file), options, path)
    } catch {
      throw Importer.diagnostic(error, path)
    }
  }

  private init(_ file: NirFile, _ options: ImportOptions, _ path: String) throws {
    producer = file.producer
    metadata = file.graph.metadata
    edges = file.graph.edges.count
    let (shapes, refusal) = NirImporter.shapes(file, options: options)
    self.refusal = refusal.map { Importer.diagnostic($0, path) }
    let drivers = Dictionary(grouping: file.graph.edges, by: \.to).mapValues { $0.map(\.from) }
    // In the order of flow; what leads to no output comes last.
    let sorted = (try? NirOrder.sorted(file.graph)) ?? []
    let names = Set(sorted.map(\.name))
    let rest = file.graph.nodes.filter { !names.contains($0.name) }
    nodes = try (sorted + rest).map { node in
      let declared = node.type == "Input" ? try? node.integers("shape") : nil
      return Node(
        name: node.name, type: node.type, shape: shapes[node.name] ?? declared,
        parameters: try node.parameters().map { try NirSummary.text(of: $0, node) },
        drivers: drivers[node.name] ?? [], model: NirSummary.models[node.type] ?? "")
    }
  }

  /// A parameter as its number, its few numbers, or its shape.
  private static func text(of key: String, _ node: NirNode) throws -> String {
    let (shape, text) = try node.describe(key)
    if let text { return "\(key) '\(text)'" }
    let values = (try? node.precise(key))??.values ?? []
    func shown(_ value: Double) -> String {
      let plain = abs(value) < 1e15 ? Int(exactly: value).map(String.init) : nil
      return plain ?? "\(Float(value))"
    }
    let extents = shape.map(String.init).joined(separator: "x")
    if let first = values.first, values.allSatisfy({ $0 == first }) {
      return "\(key) \(shown(first))" + (values.count > 1 ? " (\(extents))" : "")
    }
    if (1...4).contains(values.count), shape.count == 1 {
      return "\(key) " + values.map(shown).joined(separator: ",")
    }
    return "\(key) (\(extents))"
  }
}
