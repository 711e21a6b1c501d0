import HDF5
import SpikeIR

/// Reads NIR files as graphs of the spiking stage, with float weights.
///
/// What nodes take from several others is the sum: it stays a list of summands up to the neurons,
/// since synapses act on spikes and only their currents add up.
struct NirImporter {
  private let file: NirFile
  private let drivers: [String: [String]]
  private var context: NirContext
  private var outputs: [NodeID] = []

  /// Reads the network in an opened file.
  ///
  /// - Throws: a `Diagnostic` about the network, or an `HDF5Error` if the file is corrupt.
  static func load(_ file: HDF5File, options: ImportOptions) throws -> ImportedModel {
    let file = try NirFile(file)
    var importer = NirImporter(file, options)
    try importer.build()
    var graph = try importer.context.builder.finish(outputs: importer.outputs)
    graph.facts = [.batchNormFolded, .averagePoolingAbsorbed, .spiking]
    try graph.verify()
    return ImportedModel(graph: graph, producer: file.producer, warnings: [])
  }

  /// The shapes of what the nodes give, as far as the network can be built, and why no farther.
  static func shapes(_ file: NirFile, options: ImportOptions) -> (
    shapes: [String: [Int]], refusal: (any Error)?
  ) {
    var importer = NirImporter(file, options)
    var refusal: (any Error)?
    do { try importer.build() } catch { refusal = error }
    let context = importer.context
    return (context.signals.compactMapValues { $0.first.map(context.shape) }, refusal)
  }

  private init(_ file: NirFile, _ options: ImportOptions) {
    self.file = file
    drivers = Dictionary(grouping: file.graph.edges, by: \.to).mapValues { $0.map(\.from) }
    context = NirContext(
      builder: NetworkBuilder(name: file.graph.metadata("name") ?? "nir"),
      timeStep: options.timeStep, maker: file.maker)
  }

  private mutating func build() throws {
    for node in try NirOrder.sorted(file.graph) {
      context.builder.layer = node.name
      do {
        let isEnd = !file.graph.isNested(node.name)
        let terms = try terms(of: node, isEnd: isEnd)
        context.signals[node.name] = try NirNodeTable.build(node, terms, &context)
        if node.type == "Output", isEnd { outputs.append(try context.output(node, terms)) }
      } catch var diagnostic as Diagnostic {
        if diagnostic.origin.layers.isEmpty { diagnostic.origin = Origin(node.name) }
        throw diagnostic
      }
    }
  }

  /// What drives a node; currents that others take too are copied for it.
  private mutating func terms(of node: NirNode, isEnd: Bool) throws -> [NirSignal] {
    let drivers = drivers[node.name] ?? []
    if node.type == "Input", isEnd {
      guard drivers.isEmpty else {
        throw node.diagnostic("is an Input, and an edge leads to it from '\(drivers[0])'")
      }
      return []
    }
    guard !drivers.isEmpty else {
      throw node.diagnostic("nothing leads to it", notes: ["add an edge, or remove the node"])
    }
    return try drivers.flatMap { driver -> [NirSignal] in
      let signals = context.signals[driver] ?? []
      let uses = context.users[driver, default: 0]
      context.users[driver] = uses + 1
      return uses == 0 ? signals : try signals.map { try context.copied($0) }
    }
  }
}
