import SpikeExecution
import SpikeIR

/// How a synapse is computed that looks up what spikes drive, over a block of timesteps; see
/// `spikec_tables.h`.
struct CTables {
  /// The operand's and the value's height, width and channels; without a kernel, pixels may lie in
  /// other rows than they do.
  let input: [Int]
  let output: [Int]
  let window: Window2D

  /// As `spikec_table_pixels`, and the channels of a group.
  private static let lanes = 16
  /// The bytes of the sums of some outputs of some pixels, and of the vectors that are kept with them.
  static let stack = 4 * CEvents.steps * lanes * lanes + 4096
  /// More bytes of tables leave the nearer caches.
  private static let mostBytes = 256 << 10
  /// More bytes of indices leave them too.
  private static let mostScratch = 512 << 10

  /// Nil if it is no synapse that can be computed so: a convolution without groups on spikes, with
  /// weights of 8 bits and a multiple of 16 outputs.
  init?(_ node: Node, _ graph: Graph, _ types: CLevelTypes, _ ranges: inout RangeAnalysis) {
    guard case .conv2d(let conv) = node.operation, conv.groups == 1, conv.shift < 16,
      node.type.channels % CTables.lanes == 0,
      types[node.operands[0]] == .u8, ranges.perStep(node.operands[0], graph).low == 0,
      ranges.perStep(node.operands[0], graph).high == 1,
      graph.constants[conv.weight].integers.allSatisfy({ (-128...127).contains($0) })
    else { return nil }
    window = conv.window(graph.constants)
    let (operand, value) = (graph[node.operands[0]].type.shape, node.type.shape)
    if window == Window2D(kernel: [1, 1], stride: [1, 1]) {
      let rows = CTables.rows(of: operand[0] * operand[1]) ?? Array(operand[..<2])
      (input, output) = (rows + [operand[2]], rows + [value[2]])
    } else {
      (input, output) = (operand, value)
    }
    guard bytes <= CTables.mostBytes, 4 * scratchCount <= CTables.mostScratch else { return nil }
  }

  /// Rows that waste few of the lanes, if there are such.
  private static func rows(of pixels: Int) -> [Int]? {
    if let width = [4 * lanes, lanes].first(where: { pixels % $0 == 0 }) {
      return [pixels / width, width]
    }
    return pixels <= 4 * lanes ? [1, pixels] : nil
  }

  private var groups: Int { (input[2] + CTables.lanes - 1) / CTables.lanes }
  /// The pixels of a row of outputs, and what its last lanes hold for nothing.
  private var width: Int { (output[1] + CTables.lanes - 1) / CTables.lanes * CTables.lanes }
  private var slots: Int { (window.kernel[0] - 1) * window.dilation[0] + 1 }
  private var lookUps: Int { window.area * groups }
  /// The bytes of the tables, without further ones.
  private var bytes: Int { output[2] * lookUps * 64 }

  /// The indices of a phase of a row: a multiple of 16.
  private var line: Int {
    let reach = (window.kernel[1] - 1) * window.dilation[1]
    let inputs = (window.padding[1] + input[1] - 1) / window.stride[1] + 1
    let most = max(inputs, width + reach / window.stride[1])
    return (most + CTables.lanes - 1) / CTables.lanes * CTables.lanes
  }

  /// The 32-bit numbers that the indices take.
  var scratchCount: Int { slots * CEvents.steps * groups * window.stride[1] * line }

  /// What an output pixel takes at a timestep, in the cycles of `CEvents.cycles`: an output's
  /// look-ups, its sum, and what makes the indices.
  var cycles: Double {
    let each = 1.1 * Double(lookUps) + 8
    let lanes = Double(width) / Double(output[1]) / Double(CTables.lanes)
    return each * Double(output[2]) * lanes + 3 * Double(groups)
  }

  /// The initialiser of a `spikec_tables`.
  var initializer: String {
    let numbers =
      input + output + window.kernel + window.stride + Array(window.padding[..<2])
      + window.dilation
    func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
    return "{{\(list(numbers))}, \(list([groups, line, slots]))}"
  }
}
