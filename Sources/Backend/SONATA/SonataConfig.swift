import Foundation
import SpikeIR

/// Writes the configurations that BMTK reads, and what a reader of the results needs to know.
struct SonataConfig {
  let plan: SonataPlan
  let timesteps: Int
  let stimuli: Int
  let synapses: Int

  func write(to folder: URL) throws {
    func put(_ object: Any, _ name: String) throws {
      try SonataTarget.json(object).write(to: folder.appendingPathComponent(name))
    }
    try put(circuit, "circuit_config.json")
    if stimuli > 0 { try put(simulation, "simulation_config.json") }
    try put([String: String](), "components/synaptic_models/static_synapse.json")
    try put(description, "spikec.json")
  }

  private var circuit: [String: Any] {
    [
      "manifest": ["$BASE_DIR": "."],
      "components": [
        "point_neuron_models_dir": "$BASE_DIR/components/point_neuron_models",
        "synaptic_models_dir": "$BASE_DIR/components/synaptic_models",
      ],
      "networks": [
        "nodes": [
          [
            "nodes_file": "$BASE_DIR/network/virtual_nodes.h5",
            "node_types_file": "$BASE_DIR/network/virtual_node_types.csv",
          ],
          [
            "nodes_file": "$BASE_DIR/network/nodes.h5",
            "node_types_file": "$BASE_DIR/network/node_types.csv",
          ],
        ],
        "edges": [
          [
            "edges_file": "$BASE_DIR/network/edges.h5",
            "edge_types_file": "$BASE_DIR/network/edge_types.csv",
          ]
        ],
      ],
    ]
  }

  /// The time at which nothing changes any more, in ms.
  private var end: Double { Double(timesteps + plan.depth + 2) }

  private var simulation: [String: Any] {
    var inputs: [String: Any] = ["bias": input("bias", "bias.h5")]
    var reports: [String: Any] = [:]
    for population in plan.populations {
      switch population.kind {
      case .input: inputs[population.name] = input(population.name, "spikes_0.h5")
      case .readOut:
        reports[population.name] = [
          "cells": population.name, "variable_name": "V_m", "module": "membrane_report",
          "sections": "soma", "enabled": true, "file_name": "\(population.name).h5",
        ]
      case .bias, .neurons: break
      }
    }
    return [
      "manifest": ["$BASE_DIR": ".", "$OUTPUT_DIR": "$BASE_DIR/output"],
      "target_simulator": "NEST",
      "network": "$BASE_DIR/circuit_config.json",
      "run": ["tstart": 0.0, "tstop": end, "dt": 1.0, "precise_times": false],
      "conditions": [String: String](),
      "inputs": inputs,
      "output": [
        "output_dir": "$OUTPUT_DIR", "log_file": "log.txt", "spikes_file": "spikes.h5",
        "spikes_sort_order": "time", "overwrite_output_dir": true,
      ],
      "reports": reports,
    ]
  }

  private func input(_ population: String, _ file: String) -> [String: Any] {
    [
      "input_type": "spikes", "module": "sonata", "node_set": population,
      "input_file": "$BASE_DIR/inputs/\(file)",
    ]
  }

  /// Which population is which value, when its spikes come, and what a result stands for.
  private var description: [String: Any] {
    let populations = plan.populations.compactMap { population -> [String: Any]? in
      guard population.node != nil else { return nil }
      return [
        "name": population.name, "shape": population.shape, "delay": population.depth,
        "kind": "\(population.kind)",
      ]
    }
    let outputs = plan.graph.outputs.map { id -> [String: Any] in
      let node = plan.graph[id]
      let source = if case .decode = node.operation { node.operands[0] } else { id }
      let scale: ConstantID? =
        switch node.operation {
        case .readOut(let readOut): readOut.scale
        case .decode(let decode): decode.scale
        case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
          .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
          .fire:
          nil
        }
      return [
        "population": plan.populations.first { $0.node == source }?.name ?? plan.graph[source].name,
        "scale": scale.map { plan.graph.constants[$0].floats.map(Double.init) } ?? [1],
      ]
    }
    return [
      "timesteps": timesteps, "synapses": synapses, "populations": populations,
      "outputs": outputs,
    ]
  }
}
