import Foundation
import HDF5
import SpikeIR

/// Writes the nodes: `nodes.h5`, `node_types.csv`, and each population's parameters.
struct SonataNodes {
  let plan: SonataPlan

  /// The constants of NEST's `iaf_psc_delta` that make it integrate exactly: a time constant of 2^60
  /// ms leaves all of V, a capacity of 1 pF adds a weight as it is, and no step is refractory.
  private static let constants: [String: Double] = [
    "C_m": 1, "E_L": 0, "I_e": 0, "V_reset": 0, "t_ref": 0, "tau_m": 0x1p60,
  ]
  /// What no sum of 32 bits reaches: a read-out never fires.
  private static let unreachable = 0x1p40

  /// Writes into the folders `network` and `components/point_neuron_models`. Virtual nodes stand in
  /// files of their own, since their types have other columns.
  ///
  /// Members of a population that differ, as channels with thresholds of their own do, are of
  /// different types: BMTK takes no parameters from the HDF5 file.
  func write(to folder: URL) throws {
    let network = folder.appendingPathComponent("network")
    let virtual = try HDF5File.create(network.appendingPathComponent("virtual_nodes.h5").path)
    let file = try HDF5File.create(network.appendingPathComponent("nodes.h5").path)
    var virtualTable = "node_type_id model_type pop_name\n"
    var table = "node_type_id model_type model_template dynamics_params pop_name\n"
    var next = 100
    for population in plan.populations {
      let name = population.name
      switch population.kind {
      case .input, .bias:
        virtualTable += "\(next) virtual \(name)\n"
        try write(name, [Int](repeating: next, count: population.count), into: virtual)
        next += 1
      case .neurons, .readOut:
        let (types, models) = members(population)
        for (number, model) in models.enumerated() {
          let file = models.count == 1 ? "\(name).json" : "\(name)_\(number).json"
          table += "\(next + number) point_neuron nest:iaf_psc_delta \(file) \(name)\n"
          try SonataTarget.json(model).write(
            to: folder.appendingPathComponent("components/point_neuron_models/\(file)"))
        }
        try write(name, types.map { next + $0 }, into: file)
        next += models.count
      }
    }
    try virtual.flush()
    try file.flush()
    try Data(virtualTable.utf8).write(to: network.appendingPathComponent("virtual_node_types.csv"))
    try Data(table.utf8).write(to: network.appendingPathComponent("node_types.csv"))
  }

  /// The types of a population's members, by number, and the parameters of each type.
  private func members(_ population: SonataPlan.Population) -> (
    types: [Int], models: [[String: Double]]
  ) {
    var lists: [[Int32]?] = [nil, [0]]
    if let id = population.node, case .fire(let fire) = plan.graph[id].operation {
      lists = [fire.threshold, fire.start].map { plan.graph.constants[$0].integers }
    }
    var numbers: [[Double]: Int] = [:]
    var models: [[String: Double]] = []
    let types = (0..<population.count).map { member -> Int in
      let own = lists.map { list in
        list.map { Double($0[member % $0.count]) } ?? SonataNodes.unreachable
      }
      if let number = numbers[own] { return number }
      var model = SonataNodes.constants
      // What reaches the threshold comes as a synapse, with the first input.
      (model["V_th"], model["V_m"]) = (own[0], own[1] < own[0] ? own[1] : 0)
      numbers[own] = models.count
      models.append(model)
      return models.count - 1
    }
    return (types, models)
  }

  private func write(_ name: String, _ types: [Int], into file: HDF5File) throws {
    let group = "nodes/\(name)"
    let count = types.count
    let numbers = (0..<Int64(count)).map { $0 }
    try file.root.write("\(group)/node_id", numbers, shape: [count])
    try file.root.write("\(group)/node_group_index", numbers, shape: [count])
    let zeros = [Int32](repeating: 0, count: count)
    try file.root.write("\(group)/node_group_id", zeros, shape: [count])
    try file.root.write("\(group)/node_type_id", types.map { Int32($0) }, shape: [count])
    _ = try file.root.createGroup("\(group)/0")
  }
}
