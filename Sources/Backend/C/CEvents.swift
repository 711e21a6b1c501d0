import SpikeExecution
import SpikeIR

/// How a synapse is computed that looks for spikes, over a block of timesteps; see
/// `spikec_events.h`.
struct CEvents {
  /// The operand's and the value's height, width and channels.
  let input: [Int]
  let output: [Int]
  let window: Window2D
  /// The largest level.
  let most: Int
  /// The most timesteps of a block.
  static let steps = 8

  /// As `spikec_event_tile` and `spikec_event_lanes`.
  static let (tile, lanes) = (128, 32)
  /// The lists that are joined at a time.
  private static let together = 4
  /// So many bytes of lists are too many for the caches.
  private static let mostScratch = 2 << 20

  /// Nil if it is no synapse that can be computed so: one without groups, on levels of 8 bits, with
  /// weights of 8 bits, and whose windows and rows can be numbered with 16 bits.
  init?(_ node: Node, _ graph: Graph, _ types: CLevelTypes, _ ranges: inout RangeAnalysis) {
    guard let synapse = node.operation.parameters as? any Synapse, synapse.shift < 16,
      types[node.operands[0]] == .u8,
      graph.constants[synapse.weight].integers.allSatisfy({ (-128...127).contains($0) })
    else { return nil }
    let operand = graph[node.operands[0]].type
    switch node.operation {
    case .dense where node.type.count >= CEvents.lanes / 2:
      input = [1, 1, operand.count]
      output = [1, 1, node.type.count]
      window = Window2D(kernel: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0])
    case .conv2d(let conv)
    where conv.groups == 1 && conv.dilation[1] == 1 && node.type.channels >= 4:
      (input, output) = (operand.shape, node.type.shape)
      window = conv.window(graph.constants)
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode, .fire,
      .readOut, .decode:
      return nil
    }
    most = Int(ranges.perStep(node.operands[0], graph).high)
    let limit = Int(UInt16.max)
    guard most >= 1, CEvents.rows(window, input) <= limit, input[1] * input[2] <= limit / most,
      2 * scratchCount <= CEvents.mostScratch
    else { return nil }
  }

  /// What an output pixel takes at a timestep, where the elements of the operand are so large on
  /// average.
  ///
  /// In cycles, measured with AVX-512 on Zen 4: an entry of a list costs 1.2, 1.8 or 3.6 in tiles of
  /// 32, 64 and 128 outputs, with what fills the lists up; a list 45 in each.
  func cycles(at level: Double) -> Double {
    let inputs = Double(CEvents.rows(window, input))
    return tiles.reduce(0) { sum, width in
      sum + 45 + level * inputs * (width == 32 ? 1.2 : width == 64 ? 1.8 : 3.6)
    }
  }

  /// What it takes as dot products, which do 52 multiply-adds a cycle.
  var dotProductCycles: Double {
    Double(CEvents.rows(window, input)) * Double((output[2] + 15) / 16 * 16) / 52
  }

  /// The widths of the tiles of outputs.
  private var tiles: [Int] { CEvents.tiles(output[2]) }

  private static func tiles(_ outputs: Int) -> [Int] {
    var widths: [Int] = []
    while widths.reduce(0, +) < outputs {
      let left = outputs - widths.reduce(0, +)
      widths.append(left > 64 ? tile : left > lanes ? 64 : lanes)
    }
    return widths
  }

  /// The inputs of a window.
  private static func rows(_ window: Window2D, _ input: [Int]) -> Int {
    window.kernel[0] * window.kernel[1] * input[2]
  }

  /// The rows of inputs that a window reaches over.
  private var slots: Int { (window.kernel[0] - 1) * window.dilation[0] + 1 }
  private var rowSize: Int { input[1] * input[2] * most + CEvents.lanes }
  private var listSize: Int { CEvents.rows(window, input) * most + 2 * CEvents.lanes }

  /// The 16-bit numbers that the lists take.
  var scratchCount: Int {
    slots * CEvents.steps * (input[1] + 1 + rowSize) + CEvents.together * listSize
  }

  /// The initialiser of a `spikec_events`.
  var initializer: String {
    let sizes = [most, slots, CEvents.steps, rowSize, listSize].map(String.init)
    return "{\(window.initializer(from: input, to: output)), \(sizes.joined(separator: ", "))}"
  }

  /// As `spikec_event_output`.
  private static func place(of byte: Int, width: Int) -> Int {
    let group = min(width, 64)
    let (each, place) = (group / 16, byte % group)
    return byte - place + place % each * 16 + place / each
  }

  /// The weights `[outputs, inputs of the window]` in the order of the kernels, as the bytes that
  /// are 128 larger, read as signed ones.
  static func pack(_ weights: [Int32], outputs: Int) -> [Int32] {
    let inputs = weights.count / outputs
    func stored(_ weight: Int32) -> Int32 { weight < 0 ? weight + 128 : weight - 128 }
    var result: [Int32] = []
    var first = 0
    for width in tiles(outputs) {
      for input in 0..<inputs {
        for byte in 0..<width {
          let output = first + place(of: byte, width: width)
          result.append(output < outputs ? stored(weights[output * inputs + input]) : stored(0))
        }
      }
      result += [Int32](repeating: stored(0), count: width)
      first += width
    }
    return result
  }
}
