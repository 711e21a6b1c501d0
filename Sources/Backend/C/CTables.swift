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

  /// Nil if what could look for spikes cannot be computed so: if it takes more than spikes, has no
  /// multiple of 16 outputs, or large tables.
  init?(_ events: CEvents) {
    guard events.most == 1, events.output[2] % CTables.lanes == 0 else { return nil }
    window = events.window
    if window == Window2D(kernel: [1, 1], stride: [1, 1]) {
      let extents = Array(events.input[..<2])
      let rows = CTables.rows(of: extents[0] * extents[1]) ?? extents
      (input, output) = (rows + [events.input[2]], rows + [events.output[2]])
    } else {
      (input, output) = (events.input, events.output)
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

  /// So many vectors hold a number of elements.
  private static func vectors(_ count: Int) -> Int { (count + lanes - 1) / lanes }

  private var groups: Int { CTables.vectors(input[2]) }
  /// The pixels of a row of outputs, and what its last lanes hold for nothing.
  private var width: Int { CTables.vectors(output[1]) * CTables.lanes }
  private var slots: Int { (window.kernel[0] - 1) * window.dilation[0] + 1 }
  private var lookUps: Int { window.area * groups }
  /// The bytes of the tables, without further ones.
  private var bytes: Int { output[2] * lookUps * 64 }

  /// The indices of a phase of a row: a multiple of 16.
  private var line: Int {
    let reach = (window.kernel[1] - 1) * window.dilation[1]
    let inputs = (window.padding[1] + input[1] - 1) / window.stride[1] + 1
    return CTables.vectors(max(inputs, width + reach / window.stride[1])) * CTables.lanes
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
    let sizes = [groups, line, slots].map(String.init)
    return "{\(window.initializer(from: input, to: output)), \(sizes.joined(separator: ", "))}"
  }
}
