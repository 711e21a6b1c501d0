import Foundation
import SpikeExecution
import SpikeIR

/// The constants of the emitted C: weights, thresholds, biases, orders and fan-outs.
struct CWeights {
  /// The type in C that holds a synapse's weights.
  struct Element: Equatable {
    let name: String
    let suffix: String
    let bytes: Int

    /// The narrowest type for all of `values`.
    init(_ values: [Int32]) {
      // The lowest number of each type is one further from 0 than the highest.
      let largest = values.reduce(0) { max($0, $1 < 0 ? ~$1 : $1) }
      let bits = largest < 128 ? 8 : largest < 32768 ? 16 : 32
      (name, suffix, bytes) = ("int\(bits)_t", "i\(bits)", bits / 8)
    }
  }

  /// The weights of one synapse, or of several that read the same ones in the same order.
  private struct Block {
    let owner: Node
    let what: String
    let values: [Int32]
    let element: Element
    let offset: Int
  }

  /// What decides in which order the kernels read a constant.
  private struct Layout: Hashable {
    let weight: ConstantID
    let mnemonic: String
    let parts: Int
    let packing: CPacking?
    let isEventDriven: Bool
  }

  /// More bytes of weights than this go into a file of their own, which is loaded at start.
  private static let mostEmbeddedBytes = 4 << 20

  let plan: CPlan
  let graph: Graph
  private var blocks: [Block] = []
  private var blockOfNode: [NodeID: Int] = [:]
  private var tableBlockOfNode: [NodeID: Int] = [:]
  private var tableWeights: [NodeID: CTableWeights] = [:]
  private var fanOuts: [NodeID: CFanOut] = [:]
  /// The length of the weight file; 0 if the weights are part of the program.
  let fileBytes: Int

  /// - Parameter embedsFew: whether few weights are part of the program; else all lie in the file.
  init(_ plan: CPlan, embedsFew: Bool) {
    self.plan = plan
    graph = plan.graph
    var known: [Layout: Int] = [:]
    var end = 0
    func block(_ owner: Node, _ what: String, _ values: [Int32]) -> Block {
      let element = Element(values)
      defer { end = (end + values.count * element.bytes + 63) / 64 * 64 }
      return Block(owner: owner, what: what, values: values, element: element, offset: end)
    }
    for node in plan.graph.nodes {
      guard let (layout, values) = CWeights.layout(node, plan) else { continue }
      if known[layout] == nil {
        known[layout] = blocks.count
        blocks.append(block(node, "weight", values()))
      }
      blockOfNode[node.id] = known[layout]
      guard plan.kernels.tables[node.id] != nil else { continue }
      let tables = CTableWeights(graph.constants[layout.weight])
      tableWeights[node.id] = tables
      tableBlockOfNode[node.id] = blocks.count
      blocks.append(block(node, "tables", tables.tables))
    }
    fileBytes = !embedsFew || end > CWeights.mostEmbeddedBytes ? end : 0
    let fanOut = FanOut(graph)
    for source in plan.sources {
      fanOuts[source.node] = CFanOut(
        fanOut[source.node], channels: graph[source.node].type.channels)
    }
  }

  /// The weights of a synapse as the kernels read them: packed, or so that one input drives
  /// contiguous rows.
  private static func layout(_ node: Node, _ plan: CPlan) -> (Layout, () -> [Int32])? {
    let graph = plan.graph
    let (weight, parts): (ConstantID, Int)
    let values: (Tensor) -> [Int32]
    switch node.operation {
    case .conv2d(let conv):
      (weight, parts) = (conv.weight, conv.groups)
      let isDepthwise = CWeights.isDepthwise(conv, graph)
      values = { tensor in
        let shape = tensor.shape
        if isDepthwise {
          return tensor.reshaped([conv.groups, shape[1] * shape[2]]).transposed([1, 0]).integers
        }
        return tensor.reshaped([
          conv.groups, shape[0] / conv.groups, shape[1] * shape[2], shape[3],
        ]).transposed([0, 3, 2, 1]).integers
      }
    case .dense(let dense):
      (weight, parts) = (dense.weight, 1)
      values = { $0.transposed([1, 0]).integers }
    case .diagonal(let diagonal):
      let period = CWeights.period(diagonal, node, graph)
      (weight, parts) = (diagonal.weight, period)
      values = { tensor in (0..<period).map { tensor.integers[$0 % tensor.count] } }
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
      .add, .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      return nil
    }
    let packing = plan.kernels.packings[node.id]
    let isEventDriven = plan.kernels.events[node.id] != nil
    let layout = Layout(
      weight: weight, mnemonic: node.operation.mnemonic, parts: parts, packing: packing,
      isEventDriven: isEventDriven)
    let tensor = graph.constants[weight]
    return (
      layout,
      {
        isEventDriven
          ? CEvents.pack(tensor.integers, outputs: tensor.shape[0])
          : packing?.pack(tensor.integers, outputs: node.type.channels) ?? values(tensor)
      }
    )
  }

  /// Whether each output sees one channel, and each channel drives one output of a pixel.
  static func isDepthwise(_ conv: Convolution2D, _ graph: Graph) -> Bool {
    let shape = graph.constants[conv.weight].shape
    return conv.groups > 1 && shape[0] == conv.groups && shape[3] == 1
  }

  /// After how many elements the weights of a diagonal synapse repeat.
  func period(_ diagonal: Diagonal, _ node: Node) -> Int {
    CWeights.period(diagonal, node, graph)
  }

  private static func period(_ diagonal: Diagonal, _ node: Node, _ graph: Graph) -> Int {
    let count = graph.constants[diagonal.weight].count
    return count == 1 ? node.type.channels : count
  }

  /// The type of a synapse's weights.
  func type(_ node: Node) -> Element { blocks[blockOfNode[node.id]!].element }

  /// The expression by which the C reaches a synapse's weights.
  func expression(_ node: Node) -> String { expression(blocks[blockOfNode[node.id]!]) }

  /// The expression by which the C reaches a synapse's tables.
  func tables(_ node: Node) -> String {
    "(const uint8_t *)\(expression(blocks[tableBlockOfNode[node.id]!]))"
  }

  private func expression(_ block: Block) -> String {
    guard fileBytes > 0 else { return name(block.owner, block.what) }
    return "(const \(block.element.name) *)(const void *)(state->weights + \(block.offset))"
  }

  /// The fan-out of a spike source.
  func fanOut(_ node: Node) -> CFanOut { fanOuts[node.id]! }

  /// The name of one of a node's constants.
  func name(_ node: Node, _ what: String) -> String {
    "\(plan.name)_\(plan.label(node))_\(what)"
  }

  /// The weight file: little-endian, each synapse's weights at a multiple of 64 bytes.
  var file: Data {
    var data = Data(capacity: fileBytes)
    for block in blocks {
      for value in block.values {
        for byte in 0..<block.element.bytes {
          data.append(UInt8(truncatingIfNeeded: value >> Int32(8 * byte)))
        }
      }
      data.append(contentsOf: [UInt8](repeating: 0, count: (64 - data.count % 64) % 64))
    }
    return data
  }

  /// The bytes of all constants, those of the weight file with them.
  var bytes: Int {
    fileBytes + (arrays + tableArrays).reduce(0) { $0 + $1.bytes }
  }

  /// The weights, if they are part of the program, and all that is small.
  private var arrays: [CArray] {
    blockArrays("weight")
      + graph.nodes.flatMap { node in
        constants(node)
          + (fanOuts[node.id].map { [CArray("uint32_t", name(node, "fan_out"), $0.values)] } ?? [])
      }
  }

  /// What only x86-64 has a use for.
  private var tableArrays: [CArray] {
    blockArrays("tables")
      + graph.nodes.flatMap { node in
        guard let tables = tableWeights[node.id] else { return [CArray]() }
        return [
          CArray("int32_t", name(node, "lowest"), tables.lowest),
          CArray("int32_t", name(node, "starts"), tables.starts),
          // C has no empty arrays.
          CArray("int32_t", name(node, "places"), tables.places.isEmpty ? [0] : tables.places),
        ]
      }
  }

  private func blockArrays(_ what: String) -> [CArray] {
    guard fileBytes == 0 else { return [] }
    return blocks.filter { $0.what == what }.map {
      CArray($0.element.name, name($0.owner, what), $0.values)
    }
  }

  private static let alignment = """
    #if defined(__GNUC__)
    #define SPIKEC_ALIGNED __attribute__((aligned(64)))
    #else
    #define SPIKEC_ALIGNED
    #endif

    """

  /// The header with all arrays.
  var declarations: String {
    """
    /* The constants of \(plan.name). */
    #ifndef \(plan.name)_WEIGHTS_H
    #define \(plan.name)_WEIGHTS_H

    #include <stdint.h>

    \(CWeights.alignment)
    \((arrays + tableArrays).map(\.declaration).joined())
    #endif

    """
  }

  /// The file with the values of all arrays.
  var definitions: String {
    "#include \"\(plan.name)_weights.h\"\n\n" + text(arrays)
      + (tableArrays.isEmpty ? "" : "\n#if defined(__x86_64__)\n\(text(tableArrays))#endif\n")
  }

  private func text(_ arrays: [CArray]) -> String {
    arrays.map(\.definition).joined(separator: "\n")
  }
}
