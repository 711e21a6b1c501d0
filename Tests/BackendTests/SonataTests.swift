import Foundation
import HDF5
import SpikeBackend
import SpikeIR
import TestSupport
import Testing

/// Runs a SONATA folder from its files alone, as NEST documents `iaf_psc_delta` with a membrane that
/// does not leak: `V += Σ w; spike if V >= V_th; V = V_reset`.
private struct SonataSimulation {
  /// Threshold, start and reset of each member, by population.
  private var parameters: [String: [(threshold: Double, start: Double, reset: Double)]] = [:]
  private var outgoing:
    [String: [Int: [(population: String, index: Int, weight: Double, delay: Int)]]] =
      [:]
  private(set) var synapses = 0
  let folder: URL

  init(_ folder: URL) throws {
    self.folder = folder
    try readNodes()
    try readEdges()
  }

  private func rows(_ name: String) throws -> [[String]] {
    let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }

  private mutating func readNodes() throws {
    let file = try HDF5File.open(folder.appendingPathComponent("network/nodes.h5").path)
    var models: [Int64: [String: Double]] = [:]
    for row in try rows("network/node_types.csv").dropFirst() {
      #expect(row[1] == "point_neuron" && row[2] == "nest:iaf_psc_delta")
      let url = folder.appendingPathComponent("components/point_neuron_models/\(row[3])")
      let model = try #require(
        try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Double])
      #expect(model["E_L"] == 0 && model["C_m"] == 1 && model["t_ref"] == 0 && model["I_e"] == 0)
      #expect(model["tau_m"] == 0x1p60)
      models[try #require(Int64(row[0]))] = model
    }
    for name in try file.root.group("nodes").children() {
      let types = try file.root.dataset("nodes/\(name)/node_type_id").read(as: Int64.self)
      parameters[name] = try types.map { type in
        let model = try #require(models[type])
        return (
          try #require(model["V_th"]), try #require(model["V_m"]), try #require(model["V_reset"])
        )
      }
    }
  }

  private mutating func readEdges() throws {
    let file = try HDF5File.open(folder.appendingPathComponent("network/edges.h5").path)
    let types = try rows("network/edge_types.csv").dropFirst()
    for name in try file.root.group("edges").children() {
      let group = try file.root.group("edges/\(name)")
      let (from, to) = (try group.dataset("source_node_id"), try group.dataset("target_node_id"))
      let (sources, targets) = (try from.read(as: Int64.self), try to.read(as: Int64.self))
      let weights = try group.dataset("0/syn_weight").read(as: Double.self)
      let kinds = try group.dataset("edge_type_id").read(as: Int64.self)
      #expect(
        try group.dataset("edge_group_index").read(as: Int64.self)
          == Array(0..<Int64(sources.count)))
      #expect(zip(targets, targets.dropFirst()).allSatisfy { $0 <= $1 })
      if sources.isEmpty { continue }
      let kind = try #require(types.first { Int64($0[0]) == kinds.first })
      let delay = try #require(Double(kind[5]))
      #expect(delay >= 1 && kinds.allSatisfy { $0 == kinds.first })
      let source = try from.attributes.string("node_population")
      let target = try to.attributes.string("node_population")
      for i in sources.indices {
        outgoing[source, default: [:]][Int(sources[i]), default: []]
          .append((target, Int(targets[i]), weights[i], Int(delay)))
      }
      synapses += sources.count
    }
  }

  /// The spikes of a file, by population.
  func spikes(_ name: String) throws -> [String: [Int: Set<Int>]] {
    let file = try HDF5File.open(folder.appendingPathComponent(name).path)
    var result: [String: [Int: Set<Int>]] = [:]
    for population in try file.root.group("spikes").children() {
      let times = try file.root.dataset("spikes/\(population)/timestamps").read(as: Double.self)
      let ids = try file.root.dataset("spikes/\(population)/node_ids").read(as: Int64.self)
      result[population] = [:]
      for (time, id) in zip(times, ids) {
        result[population]![Int(time), default: []].insert(Int(id))
      }
    }
    return result
  }

  /// The spikes of all neurons, and the membranes at the end.
  func run(_ inputs: [[String: [Int: Set<Int>]]], until end: Int) -> (
    spikes: [String: [Int: Set<Int>]], membranes: [String: [Double]]
  ) {
    var membranes = parameters.mapValues { $0.map(\.start) }
    var spikes = parameters.mapValues { _ in [Int: Set<Int>]() }
    var arriving: [Int: [(population: String, index: Int, weight: Double)]] = [:]
    func send(_ population: String, _ index: Int, _ time: Int) {
      for synapse in outgoing[population]?[index] ?? [] {
        arriving[time + synapse.delay, default: []]
          .append((synapse.population, synapse.index, synapse.weight))
      }
    }
    for time in 1...end {
      for (population, index, weight) in arriving.removeValue(forKey: time) ?? [] {
        membranes[population]![index] += weight
      }
      for (population, members) in parameters {
        for (index, member) in members.enumerated()
        where membranes[population]![index] >= member.threshold {
          membranes[population]![index] = member.reset
          spikes[population]![time, default: []].insert(index)
          send(population, index, time)
        }
      }
      for (population, trains) in inputs.flatMap({ $0 }) {
        for index in trains[time] ?? [] { send(population, index, time) }
      }
    }
    return (spikes, membranes)
  }
}

/// SONATA folders, run by a simulator that knows nothing of this compiler's graphs.
struct SonataTests {
  private static let timesteps = 17

  /// A random graph with NEST's neurons; nil where it has a max-pooling.
  private func graph(_ seed: UInt64) throws -> Graph? {
    var graph = try RandomSpikingGraph(seed: seed, seed % 2 == 0 ? .rate : .poisson).graph
    for id in graph.order {
      if case .maxPool = graph[id].operation { return nil }
      guard case .fire(var fire) = graph[id].operation else { continue }
      fire.neuron = Neuron(reset: .zero)
      graph[id].operation = .fire(fire)
    }
    try graph.verify()
    return graph
  }

  /// The first random graph that there is.
  private func anyGraph() throws -> Graph {
    var seed: UInt64 = 0
    while true {
      if let graph = try graph(seed) { return graph }
      seed += 1
    }
  }

  @Test func filesSpikeAsTheInterpreterDoes() throws {
    var tried = 0
    for seed in UInt64(0)..<40 where tried < 8 {
      guard let graph = try graph(seed) else { continue }
      tried += 1
      try withTemporaryFolder { folder in
        let place = folder.appendingPathComponent("net")
        let synapses = try SonataTarget(graph, timesteps: Self.timesteps)
          .write(to: place.path, stimuli: graph.samples(2))
        let simulation = try SonataSimulation(place)
        #expect(simulation.synapses == synapses)
        for number in 0..<2 {
          try expectReference(simulation, number, graph, seed)
        }
      }
    }
    #expect(tried == 8)
  }

  private func expectReference(
    _ simulation: SonataSimulation, _ number: Int, _ graph: Graph, _ seed: UInt64
  ) throws {
    let inputs = [
      try simulation.spikes("inputs/bias.h5"), try simulation.spikes("inputs/spikes_\(number).h5"),
    ]
    let (spikes, membranes) = simulation.run(inputs, until: Self.timesteps + 40)
    let reference = try simulation.spikes("reference/spikes_\(number).h5")
    #expect(!reference.isEmpty)
    for (population, trains) in reference {
      #expect(spikes[population] == trains, "seed \(seed), \(population)")
    }
    let file = try HDF5File.open(
      simulation.folder.appendingPathComponent("reference/spikes_\(number).h5").path)
    for (position, id) in graph.outputs.enumerated() {
      guard case .readOut(let readOut) = graph[id].operation else { continue }
      let outputs = try file.root.dataset("outputs/\(position)").read(as: Double.self)
      let scale = graph.constants[readOut.scale].floats.map(Double.init)
      let membrane = try #require(membranes[graph[id].name])
      let logits = membrane.enumerated().map {
        $1 * (scale[$0 % scale.count] / Double(Self.timesteps))
      }
      #expect(logits == outputs, "seed \(seed)")
    }
  }

  @Test func equalNetworksGiveEqualFiles() throws {
    let graph = try anyGraph()
    try withTemporaryFolder { folder in
      var contents: [[String: Data]] = []
      for name in ["a", "b"] {
        let place = folder.appendingPathComponent(name)
        _ = try SonataTarget(graph, timesteps: 5).write(to: place.path, stimuli: graph.samples(1))
        var files: [String: Data] = [:]
        for file in try #require(FileManager.default.subpaths(atPath: place.path)) {
          files[file] = FileManager.default.contents(
            atPath: place.appendingPathComponent(file).path)
        }
        contents.append(files)
      }
      #expect(contents[0].count > 10 && contents[0].keys == contents[1].keys)
      #expect(contents[0].keys.filter { contents[0][$0] != contents[1][$0] } == [])
    }
  }

  @Test func refusesWhatNESTCannotRun() throws {
    func refusal(_ graph: Graph) throws -> String {
      do {
        _ = try SonataTarget(graph, timesteps: 5)
        return ""
      } catch let diagnostic as Diagnostic { return diagnostic.message }
    }
    let direct = try RandomSpikingGraph(seed: 1, .plain).graph
    #expect(try refusal(direct).contains("no spikes"))
    let soft = try RandomSpikingGraph(seed: 2, .rate).graph
    #expect(try refusal(soft).contains("iaf_psc_delta") || refusal(soft).contains("max-pooling"))
  }

  @Test func keepsOtherFolders() throws {
    let graph = try anyGraph()
    try withTemporaryFolder { folder in
      let other = folder.appendingPathComponent("thesis.tex")
      try Data("x".utf8).write(to: other)
      #expect(throws: Diagnostic.self) {
        try SonataTarget(graph, timesteps: 5).write(to: folder.path)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["thesis.tex"])
    }
  }
}
