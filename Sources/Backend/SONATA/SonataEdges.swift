import Foundation
import HDF5
import SpikeIR

/// Writes the synapses: one edge population for each pair of populations, targets in order.
struct SonataEdges {
  let plan: SonataPlan
  let progress: (Int, Int) -> Void

  /// The columns of an edge population, written in chunks.
  private final class Columns {
    let sources: HDF5Series<Int32>
    let targets: HDF5Series<Int32>
    let weights: HDF5Series<Float>
    let types: HDF5Series<Int16>
    let groups: HDF5Series<Int8>
    let indices: HDF5Series<Int64>
    let name: String
    let type: Int16
    /// The first edge of each target; one more at the end.
    var starts: [Int64] = []

    init(_ name: String, from: String, to: String, type: Int16, _ file: HDF5File) throws {
      (self.name, self.type) = (name, type)
      let group = "edges/\(name)"
      sources = try HDF5Series("\(group)/source_node_id", in: file.root)
      targets = try HDF5Series("\(group)/target_node_id", in: file.root)
      weights = try HDF5Series("\(group)/0/syn_weight", in: file.root)
      types = try HDF5Series("\(group)/edge_type_id", in: file.root)
      groups = try HDF5Series("\(group)/edge_group_id", in: file.root)
      indices = try HDF5Series("\(group)/edge_group_index", in: file.root)
      try sources.attributes.set("node_population", to: from)
      try targets.attributes.set("node_population", to: to)
    }

    func append(from source: Int32, to target: Int, weight: Int) throws {
      try indices.append(Int64(indices.count))
      try sources.append(source)
      try targets.append(Int32(target))
      try weights.append(Float(weight))
      try types.append(type)
      try groups.append(0)
    }

    /// Writes what waits, and which edges lead to each target.
    func finish(_ file: HDF5File) throws {
      try sources.flush()
      try targets.flush()
      try weights.flush()
      try types.flush()
      try groups.flush()
      try indices.flush()
      let group = "edges/\(name)/indices/target_to_source"
      let members = starts.count
      let ranges = zip(starts, starts.dropFirst() + [Int64(indices.count)]).flatMap { [$0, $1] }
      let ids = (0..<Int64(members)).flatMap { [$0, $0 + 1] }
      try file.root.write("\(group)/range_to_edge_id", ranges, shape: [members, 2])
      try file.root.write("\(group)/node_id_to_ranges", ids, shape: [members, 2])
      // The name in the guide, which libsonata reads, and the one that BMTK reads.
      try file.root.link(
        from: "\(group)/node_id_to_ranges", to: "\(group)/node_id_to_range")
    }
  }

  /// Writes `network/edges.h5` and `network/edge_types.csv`; gives the number of synapses.
  func write(to folder: URL) throws -> Int {
    let file = try HDF5File.create(folder.appendingPathComponent("network/edges.h5").path)
    var table = "edge_type_id target_query source_query model_template dynamics_params delay\n"
    let total = plan.currents.keys.reduce(0) { $0 + plan.populations[$1].count }
    var (done, synapses, type) = (0, 0, Int16(1000))
    for (number, target) in plan.populations.enumerated() {
      guard let currents = plan.currents[number] else { continue }
      var columns: [Int32: Columns] = [:]
      var sources = Set(currents.sources.flatMap { Set($0.neurons.lazy.map(\.population)) })
      let (bias, start) = (plan.bias(of: target), plan.lateStart(of: target))
      if start != nil || bias?.contains(where: { $0 != 0 }) == true { sources.insert(0) }
      for source in sources.sorted() {
        let from = plan.populations[Int(source)]
        let name = "\(from.name)_to_\(target.name)"
        columns[source] = try Columns(name, from: from.name, to: target.name, type: type, file)
        // The longer way round takes the same time: all that meets is of the same timestep.
        table += "\(type) pop_name=='\(target.name)' pop_name=='\(from.name)' static_synapse"
        table += " static_synapse.json \(target.depth - from.depth).0\n"
        type += 1
      }
      let unit = plan.unit(of: target)
      for neuron in 0..<target.count {
        for column in columns.values { column.starts.append(Int64(column.indices.count)) }
        for (member, charges) in [bias, start].enumerated() {
          guard let charges, charges[neuron % charges.count] != 0 else { continue }
          try columns[0]!.append(
            from: Int32(member), to: neuron, weight: Int(charges[neuron % charges.count]))
        }
        try currents.forEach(neuron) { source, weight in
          try columns[source.population]!.append(
            from: source.index, to: neuron, weight: weight * unit)
        }
        progress(done + neuron, total)
      }
      done += target.count
      for (_, column) in columns.sorted(by: { $0.key < $1.key }) {
        synapses += column.indices.count
        try column.finish(file)
      }
    }
    progress(total, total)
    try file.flush()
    try Data(table.utf8).write(to: folder.appendingPathComponent("network/edge_types.csv"))
    return synapses
  }
}
