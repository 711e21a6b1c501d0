import SpikeIR

/// The populations of a network, and what drives each.
struct SonataPlan {
  /// What the members of a population are.
  enum Kind {
    /// Virtual: their spikes stand in files.
    case input, bias
    /// Neurons that fire, and neurons that only add up.
    case neurons, readOut
  }

  /// One population; its members are numbered as the elements of the node's value.
  struct Population {
    var node: NodeID?
    var name: String
    var kind: Kind
    var shape: [Int]
    /// By how many timesteps its spikes come later than in the interpreter.
    var depth = 0
    var count: Int { shape.reduce(1, *) }
  }

  let graph: Graph
  private(set) var populations: [Population] = []
  /// What drives a population, by its number.
  private(set) var currents: [Int: SonataCurrents] = [:]

  /// Plans a quantised graph.
  ///
  /// - Throws: a `Diagnostic` for what NEST's neurons or explicit synapses cannot do.
  init(_ graph: Graph) throws {
    self.graph = graph
    var sources: [NodeID: SonataSources] = [:]
    // Member 0 fires at every timestep, member 1 at the first alone.
    populations.append(Population(name: "bias", kind: .bias, shape: [2]))
    for node in graph.nodes {
      switch node.operation {
      case .encode(let encode):
        guard encode.coding != .direct else {
          throw Diagnostic(
            "its input is coded as levels, which are no spikes", origin: node.origin,
            notes: ["give --input rate or --input poisson"])
        }
        sources[node.id] = add(node, .input)
      case .fire(let fire):
        guard fire.neuron == Neuron(reset: .zero) else {
          throw Diagnostic(
            "its neurons are not those of iaf_psc_delta", origin: node.origin,
            notes: ["give --target nest"])
        }
        sources[node.id] = try add(node, .neurons, drivenBy: sources)
      case .readOut: _ = try add(node, .readOut, drivenBy: sources)
      case .input, .decode: break
      case .conv2d, .dense, .diagonal, .add: break
      case .sumPool, .maxPool, .concat, .reshape, .transpose, .pad:
        if node.type.element == .current { break }
        sources[node.id] = try SonataSources(
          node, graph, operands: node.operands.map { sources[$0]! })
      case .batchNorm, .relu, .leakyRelu, .activation, .averagePool:
        preconditionFailure("\(node.operation.mnemonic) belongs to the analog stage")
      }
    }
  }

  private mutating func add(_ node: Node, _ kind: Kind) -> SonataSources {
    let names = Set(populations.map(\.name))
    var name = node.name
    while names.contains(name) { name += "_" }
    populations.append(Population(node: node.id, name: name, kind: kind, shape: node.type.shape))
    return SonataSources(population: populations.count - 1, count: node.type.count)
  }

  private mutating func add(
    _ node: Node, _ kind: Kind, drivenBy sources: [NodeID: SonataSources]
  ) throws -> SonataSources {
    let result = add(node, kind)
    let drive = SonataCurrents(node.operands[0], graph, sources)
    let drivers = Set(drive.sources.flatMap { Set($0.neurons.lazy.map(\.population)) })
    let number = populations.count - 1
    populations[number].depth = 1 + (drivers.map { populations[Int($0)].depth }.max() ?? 0)
    currents[number] = drive
    return result
  }

  /// The deepest population: how many timesteps the result comes later.
  var depth: Int { populations.map(\.depth).max() ?? 0 }

  /// The per-timestep bias of a population's members; nil where it has none.
  func bias(of population: Population) -> [Int32]? {
    guard let id = population.node else { return nil }
    let constant: ConstantID? =
      switch graph[id].operation {
      case .fire(let fire): fire.bias
      case .readOut(let readOut): readOut.bias
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
        .decode:
        nil
      }
    return constant.map { graph.constants[$0].integers }
  }

  /// The charges that a population's members start with but cannot hold: those that reach the
  /// threshold, and would fire before their input comes. 0 elsewhere; nil if there are none.
  func lateStart(of population: Population) -> [Int32]? {
    guard let id = population.node, case .fire(let fire) = graph[id].operation else { return nil }
    let (start, threshold) = (
      graph.constants[fire.start].integers, graph.constants[fire.threshold].integers
    )
    let late = (0..<max(start.count, threshold.count)).map { i in
      start[i % start.count] >= threshold[i % threshold.count] ? start[i % start.count] : 0
    }
    return late.contains { $0 != 0 } ? late : nil
  }

  /// What a unit of current is in units of a membrane.
  func unit(of population: Population) -> Int {
    guard let id = population.node else { return 1 }
    switch graph[id].operation {
    case .fire(let fire): return 1 << fire.fractionBits
    case .readOut(let readOut): return 1 << readOut.fractionBits
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
      .decode:
      return 1
    }
  }
}
