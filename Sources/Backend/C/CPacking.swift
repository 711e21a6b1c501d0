import SpikeIR

/// How the weights of a synapse are packed for dot products; see `spikec_packed.h`.
struct CPacking: Hashable {
  /// Runs of adjacent levels that an output's window has, and the levels of a run.
  let rows: Int
  let columns: Int
  let run: Int
  /// The levels that one row of taps takes in memory, from tap to tap and from row to row, in the
  /// frame that holds exactly what the windows reach.
  let frame: (height: Int, width: Int)
  let rowStride: Int
  let columnStride: Int
  let pixelStride: Int
  let lineStride: Int
  /// Whether the operand itself is the frame: nothing surrounds it, and no run reads beyond it.
  let isFrame: Bool
  /// How the frame may be split into low and high bytes; nil if it may not.
  let split: CSplit?

  static let lanes = 16
  static let quad = 4
  /// Outputs that are computed in one go.
  static let strip = 32

  var quads: Int { (run + CPacking.quad - 1) / CPacking.quad }

  static func == (a: CPacking, b: CPacking) -> Bool {
    (a.rows, a.columns, a.run) == (b.rows, b.columns, b.run)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine([rows, columns, run])
  }

  /// The packing of a node's weights; nil if it is no synapse that can be packed: one without
  /// groups, with weights of 8 bits and at least as many outputs as a quarter of a block.
  ///
  /// - Parameter areCounts: whether its levels have 16 bits, and are never negative.
  init?(_ node: Node, _ graph: Graph, areCounts: Bool) {
    guard let synapse = node.operation.parameters as? any Synapse, node.type.channels >= 4,
      graph.constants[synapse.weight].integers.allSatisfy({ (-128...127).contains($0) })
    else { return nil }
    let operand = graph[node.operands[0]].type
    switch node.operation {
    case .dense:
      (rows, columns, run) = (1, 1, operand.count)
      frame = (1, 1)
      (rowStride, columnStride, pixelStride, lineStride) = (0, 0, 0, 0)
      split = areCounts ? CSplit(height: 1, width: 1, channels: run, taps: 1) : nil
      isFrame = split == nil && run % CPacking.quad == 0
    case .conv2d(let conv) where conv.groups == 1:
      let kernel = graph.constants[conv.weight].shape
      let (channels, extents) = (operand.channels, node.type.shape)
      func reach(_ axis: Int) -> Int {
        (extents[axis] - 1) * conv.stride[axis] + (kernel[axis + 1] - 1) * conv.dilation[axis] + 1
      }
      frame = (reach(0), reach(1))
      rows = kernel[1]
      let isDense = conv.dilation[1] == 1
      (columns, run) = isDense ? (1, kernel[2] * channels) : (kernel[2], channels)
      rowStride = conv.dilation[0] * frame.width * channels
      columnStride = conv.dilation[1] * channels
      pixelStride = conv.stride[1] * channels
      lineStride = conv.stride[0] * frame.width * channels
      split =
        areCounts && isDense
        ? CSplit(
          height: frame.height, width: frame.width, channels: channels,
          taps: kernel[1] * kernel[2]) : nil
      isFrame =
        split == nil && conv.padding == [0, 0, 0, 0] && operand.shape[1] == frame.width
        && run % CPacking.quad == 0
    case .input, .conv2d, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .averagePool,
      .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut,
      .decode:
      return nil
    }
  }

  /// The weights `[outputs, levels of the window]` in the order of the kernels.
  func pack(_ weights: [Int32], outputs: Int) -> [Int32] {
    let length = rows * columns * run
    let blocks = (outputs + CPacking.lanes - 1) / CPacking.lanes
    var result: [Int32] = []
    result.reserveCapacity(blocks * rows * columns * quads * CPacking.lanes * CPacking.quad)
    for block in 0..<blocks {
      for tap in 0..<rows * columns {
        for quad in 0..<quads {
          for lane in block * CPacking.lanes..<(block + 1) * CPacking.lanes {
            for i in quad * CPacking.quad..<(quad + 1) * CPacking.quad {
              let isThere = lane < outputs && i < run
              result.append(isThere ? weights[lane * length + tap * run + i] : 0)
            }
          }
        }
      }
    }
    return result
  }
}
