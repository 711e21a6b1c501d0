import Foundation
import SpikeExecution
import SpikeIR

/// The constants of the emitted C: weights, thresholds, biases, orders and fan-outs.
struct CWeights {
  private let plan: CPlan
  private let graph: Graph

  init(_ plan: CPlan) {
    self.plan = plan
    graph = plan.graph
  }

  /// How many bytes a graph's weights take.
  static func bytes(_ graph: Graph) -> Int {
    graph.nodes.reduce(0) { sum, node in
      guard let synapse = node.operation.parameters as? any Synapse else { return sum }
      return sum + graph.constants[synapse.weight].count
    }
  }

  /// The weights of a node as the kernels read them: one input drives contiguous rows.
  func layout(_ node: Node) -> [Int32] {
    switch node.operation {
    case .conv2d(let conv):
      let weight = graph.constants[conv.weight]
      let shape = weight.shape
      return weight.reshaped([
        conv.groups, shape[0] / conv.groups, shape[1] * shape[2], shape[3],
      ]).transposed([0, 3, 2, 1]).integers
    case .dense(let dense): return graph.constants[dense.weight].transposed([1, 0]).integers
    case .diagonal(let diagonal):
      let weight = graph.constants[diagonal.weight].integers
      let period = weight.count == 1 ? node.type.channels : weight.count
      return (0..<period).map { weight[$0 % weight.count] }
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
      .add, .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      preconditionFailure("\(node.name) has no weights")
    }
  }

  /// The expression by which the C reaches a synapse's weights.
  func expression(_ id: ConstantID, _ offsets: [ConstantID: Int]) -> String {
    guard !plan.embedsWeights else { return plan.constant(id) }
    return "(const \(plan.weightType(id).name) *)(const void *)(state->weights + \(offsets[id]!))"
  }

  /// The length of the list of units of a read-out or decoding.
  func unitCount(_ node: Node) -> Int {
    node.operation.constants.first { $0.name == "scale" }.map { graph.constants[$0.id].count } ?? 1
  }

  /// Where each synapse's weights start in the blob, on multiples of 64.
  var offsets: [ConstantID: Int] {
    var result: [ConstantID: Int] = [:]
    var end = 0
    for (id, node) in synapses {
      result[id] = end
      end += layout(node).count * plan.weightType(id).bytes
      end = (end + 63) / 64 * 64
    }
    return result
  }

  private var synapses: [(ConstantID, Node)] {
    graph.nodes.compactMap { node in
      (node.operation.parameters as? any Synapse).map { ($0.weight, node) }
    }
  }

  /// The weights as one block of bytes, little-endian.
  var blob: Data {
    var data = Data()
    for (id, node) in synapses {
      for value in layout(node) {
        switch plan.weightType(id).bytes {
        case 1: data.append(UInt8(bitPattern: Int8(value)))
        case 2: withUnsafeBytes(of: Int16(value).littleEndian) { data.append(contentsOf: $0) }
        default: withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
        }
      }
      data.append(contentsOf: [UInt8](repeating: 0, count: (64 - data.count % 64) % 64))
    }
    return data
  }

  private var arrays: [CArray] {
    var list: [CArray] = []
    if plan.embedsWeights {
      for (id, node) in synapses {
        list.append(CArray(plan.weightType(id).name, plan.constant(id), layout(node)))
      }
    }
    let fanOut = FanOut(graph)
    for node in graph.nodes {
      list += constants(node)
      if plan.source(node.id) != nil {
        let counts = CFanOut(fanOut[node.id], channels: node.type.channels)
        list.append(CArray("uint32_t", fanOutName(node), counts.values))
      }
    }
    return list
  }

  func name(_ node: Node, _ what: String) -> String {
    "\(plan.name)_\(CNames.identifier(node.name))_\(node.id.rawValue)_\(what)"
  }

  func fanOutName(_ node: Node) -> String { name(node, "fan_out") }

  private func constants(_ node: Node) -> [CArray] {
    switch node.operation {
    case .fire:
      let neurons = CNeurons(node, graph)
      return [
        CArray("int32_t", name(node, "bias"), neurons.bias),
        CArray("int32_t", name(node, "threshold"), neurons.threshold),
        CArray("int32_t", name(node, "start"), neurons.start),
      ]
    case .readOut(let readOut):
      let unit = graph.constants[readOut.scale].floats.map { Double($0) }
      return [
        CArray("int32_t", name(node, "bias"), CNeurons(node, graph).bias),
        CArray("double", name(node, "unit"), unit),
      ]
    case .decode(let decode):
      let unit = graph.constants[decode.scale].floats.map { Double($0) }
      return [CArray("double", name(node, "unit"), unit)]
    case .transpose(let transpose):
      let shape = graph[node.operands[0]].type.shape
      let order = Tensor.transposedIndices(shape, transpose.permutation)
      return [CArray("int32_t", name(node, "order"), order)]
    case .encode(let encode):
      return [
        CArray("double", name(node, "offset"), doubles(encode.offset)),
        CArray("double", name(node, "step"), doubles(encode.step)),
      ]
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .pad:
      return []
    }
  }

  private func doubles(_ id: ConstantID) -> [Double] {
    graph.constants[id].floats.map { Double($0) }
  }

  /// The header with all arrays.
  var declarations: String {
    """
    /* The constants of \(plan.name). */
    #ifndef \(plan.name)_WEIGHTS_H
    #define \(plan.name)_WEIGHTS_H

    #include <stdint.h>

    \(arrays.map(\.declaration).joined())
    #endif

    """
  }

  /// The file with the values of all arrays.
  var definitions: String {
    "#include \"\(plan.name)_weights.h\"\n\n" + arrays.map(\.definition).joined(separator: "\n")
  }
}
