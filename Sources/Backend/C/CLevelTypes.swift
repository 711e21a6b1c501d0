import SpikeExecution
import SpikeIR

/// A type in C that holds levels, spikes, counts or currents.
enum CType: Int, Comparable {
  case u8, i16, i32

  /// What the kernels for it are called.
  var suffix: String {
    switch self {
    case .u8: "u8"
    case .i16: "i16"
    case .i32: "i32"
    }
  }

  var name: String {
    switch self {
    case .u8: "uint8_t"
    case .i16: "int16_t"
    case .i32: "int32_t"
    }
  }

  var bytes: Int { 1 << rawValue }

  /// What the sums of a pooling can have, if their type is not that of the operand.
  var wider: CType { self == .u8 ? .i16 : .i32 }

  static func < (a: CType, b: CType) -> Bool { a.rawValue < b.rawValue }

  /// The narrowest type for all numbers of an interval.
  init(_ range: Interval) {
    if range.low >= 0, range.high <= 255 {
      self = .u8
    } else {
      self = range.low >= -32768 && range.high <= 32767 ? .i16 : .i32
    }
  }
}

/// The type of every value: as narrow as its proven range, and as the kernels agree on.
struct CLevelTypes {
  private var types: [NodeID: CType] = [:]

  /// - Parameter span: how many timesteps a value is the sum of.
  init(_ graph: Graph, span: (NodeID) -> Int) {
    var ranges = RangeAnalysis()
    for node in graph.nodes {
      switch node.type.element {
      case .f32: continue
      case .current: types[node.id] = .i32
      case .level, .spike:
        types[node.id] = CType(ranges.perStep(node.id, graph) * Int64(span(node.id)))
      }
    }
    // Types only widen, so this ends.
    while widen(graph) {}
  }

  subscript(id: NodeID) -> CType { types[id]! }

  /// Structure keeps the type of its operands; a sum has the operand's or the next wider one.
  private mutating func widen(_ graph: Graph) -> Bool {
    let before = types
    for node in graph.nodes {
      switch node.operation {
      case .maxPool, .concat, .reshape, .transpose, .pad:
        guard node.type.element != .f32 else { continue }
        let widest = (node.operands + [node.id]).map { types[$0]! }.max()!
        for id in node.operands + [node.id] { types[id] = widest }
      case .sumPool:
        let (operand, result) = (types[node.operands[0]]!, types[node.id]!)
        types[node.id] = max(operand, result)
        if result == .i32, operand == .u8 { types[node.operands[0]] = .i16 }
      case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
        .averagePool, .add, .encode, .fire, .readOut, .decode:
        continue
      }
    }
    return types != before
  }
}
