import SpikeIR

/// The window of a convolution or pooling over one or two dimensions, as two.
struct OnnxWindow {
  let kernel: [Int]
  let stride: [Int]
  let dilation: [Int]
  /// Top, left, bottom, right.
  private(set) var padding: [Int]
  private let shape: [Int]

  /// Beyond it no window is meant seriously, and sums of products stay within 64 bits.
  private static let largest = 1 << 20

  /// Reads a window over an operand `[H, W, C]`; `kernel` has one extent for a sequence.
  ///
  /// - Throws: a `Diagnostic` about an attribute that is out of range.
  init(_ call: OnnxCall, kernel: [Int], over shape: [Int]) throws {
    let rank = kernel.count
    func extents(_ name: String, _ values: [Int]?) throws -> [Int] {
      let values = values ?? [Int](repeating: 1, count: rank)
      guard values.count == rank, values.allSatisfy({ (1...OnnxWindow.largest).contains($0) })
      else { throw call.invalid(name, "\(rank) numbers of at least 1") }
      return rank == 1 ? [1] + values : values
    }
    self.shape = shape
    self.kernel = try extents("kernel_shape", kernel)
    stride = try extents("strides", try call.integers("strides"))
    dilation = try extents("dilations", try call.integers("dilations"))
    padding = [0, 0, 0, 0]
    switch try call.text("auto_pad", "NOTSET") {
    case "NOTSET", "": padding = try OnnxWindow.explicit(call, rank: rank)
    case "VALID": break
    case "SAME_UPPER": padding = same { ($0 / 2, $0 - $0 / 2) }
    case "SAME_LOWER": padding = same { ($0 - $0 / 2, $0 / 2) }
    default: throw call.invalid("auto_pad", "NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    }
  }

  private static func explicit(_ call: OnnxCall, rank: Int) throws -> [Int] {
    let pads = try call.integers("pads") ?? [Int](repeating: 0, count: 2 * rank)
    guard pads.count == 2 * rank, pads.allSatisfy({ (0...largest).contains($0) }) else {
      throw call.invalid("pads", "\(2 * rank) numbers of at least 0")
    }
    return rank == 1 ? [0, pads[0], 0, pads[1]] : pads
  }

  /// The number of elements that the window spans along each axis, gaps included.
  private var reach: [Int] { zip(kernel, dilation).map { ($0 - 1) * $1 + 1 } }

  /// Padding that gives ⌈extent / stride⌉ elements, split into front and back.
  private func same(_ split: (Int) -> (Int, Int)) -> [Int] {
    let parts = (0..<2).map { axis in
      let count = (shape[axis] + stride[axis] - 1) / stride[axis]
      return split(max(0, (count - 1) * stride[axis] + reach[axis] - shape[axis]))
    }
    return parts.map(\.0) + parts.map(\.1)
  }

  /// Whether rounding the number of windows up gives more of them.
  var growsByCeiling: Bool { roundedUp.padding != padding }

  /// The window with as much padding at the end as rounding the number of windows up takes; a
  /// window that would begin behind the operand is left out.
  var roundedUp: OnnxWindow {
    var result = self
    for axis in 0..<2 {
      let padded = shape[axis] + padding[axis] + padding[axis + 2]
      guard padded >= reach[axis] else { continue }
      var count = (padded - reach[axis] + stride[axis] - 1) / stride[axis] + 1
      if (count - 1) * stride[axis] >= shape[axis] + padding[axis] { count -= 1 }
      let needed = (count - 1) * stride[axis] + reach[axis] - padded
      result.padding[axis + 2] += max(0, needed)
    }
    return result
  }

  /// The window without the padding that an operand was given instead.
  func without(_ padding: [Int]) -> OnnxWindow {
    var result = self
    result.padding = zip(self.padding, padding).map { $0 - $1 }
    return result
  }
}
