import SpikeIR

/// What layers with a window over one or two dimensions have in common.
///
/// A 1-D layer is the 2-D one on an image of one row: `[L, C]` becomes `[1, L, C]`.
struct SlidingWindow {
  let rank: Int
  let kernel: [Int]
  let stride: [Int]
  let dilation: [Int]

  /// Reads the window of a layer; `kernel` names the key that holds its extents.
  init(_ layer: LayerConfig, kernel key: String, rank: Int, standard: [Int]? = nil) throws {
    func twoDimensional(_ key: String, _ standard: [Int]?) throws -> [Int] {
      let extents = try layer.extents(key, count: rank, standard)
      return rank == 1 ? [1] + extents : extents
    }
    self.rank = rank
    kernel = try twoDimensional(key, standard)
    let ones = [Int](repeating: 1, count: rank)
    let strideStandard = standard == nil ? ones : Array(kernel.suffix(rank))
    stride = try twoDimensional("strides", strideStandard)
    dilation = try twoDimensional("dilation_rate", ones)
  }

  /// The number of elements that the window spans along each axis, gaps included.
  private var reach: [Int] { zip(kernel, dilation).map { ($0 - 1) * $1 + 1 } }

  /// Zeros around an operand `[H, W, C]`: top, left, bottom, right.
  ///
  /// `same` is TensorFlow's: the result has ⌈extent / stride⌉ elements, and what does not divide
  /// evenly is added at the end. `causal` pads the front alone.
  func padding(_ kind: String, of shape: [Int]) -> [Int] {
    switch kind {
    case "same":
      let totals = (0..<2).map { axis in
        let count = (shape[axis] + stride[axis] - 1) / stride[axis]
        return max(0, (count - 1) * stride[axis] + reach[axis] - shape[axis])
      }
      return totals.map { $0 / 2 } + totals.map { $0 - $0 / 2 }
    case "causal": return [0, reach[1] - 1, 0, 0]
    default: return [0, 0, 0, 0]
    }
  }
}

extension KerasContext {
  /// The value that a layer over one or two dimensions takes, as `[H, W, C]`.
  ///
  /// - Throws: a `Diagnostic` if the value has another rank.
  mutating func image(_ call: LayerCall, rank: Int) throws -> Value {
    let (layer, value) = (call.layer, try call.value)
    let shape = builder.shape(value)
    guard shape.count == rank + 1 else {
      throw layer.diagnostic(
        "\(layer.className) takes a value of \(rank + 1) dimensions, not of shape \(shape)")
    }
    let spatial = try layer.isChannelsFirst ? Array(1...rank) + [0] : Array(0...rank)
    let layout = Layout(order: spatial, isRow: rank == 1)
    return Value(node: try builder.arrange(value, to: layout), layout: layout)
  }

  /// Adds zeros around height and width, or around the steps of a sequence.
  mutating func zeroPadding(_ call: LayerCall, rank: Int) throws -> Value {
    let layer = call.layer
    let amounts = try ZeroPadding.amounts(layer, rank: rank)
    return try map(try image(call, rank: rank), "", Pad(padding: amounts))
  }
}

/// The forms in which the versions of Keras store how much a layer pads.
private enum ZeroPadding {
  /// Top, left, bottom, right.
  static func amounts(_ layer: LayerConfig, rank: Int) throws -> [Int] {
    guard let stored = layer["padding"] else { return rank == 1 ? [0, 1, 0, 1] : [1, 1, 1, 1] }
    let amounts = rank == 1 ? row(stored) : image(stored)
    guard let amounts, amounts.allSatisfy({ (0...(1 << 20)).contains($0) }) else {
      throw layer.invalid("padding", "whole numbers of at least 0 for each side")
    }
    return amounts
  }

  private static func row(_ stored: JSON) -> [Int]? {
    if let both = stored.integer { return [0, both, 0, both] }
    let list = stored.array?.compactMap(\.integer) ?? named(stored, ["left_pad", "right_pad"])
    if list.count == 1 { return [0, list[0], 0, list[0]] }
    return list.count == 2 ? [0, list[0], 0, list[1]] : nil
  }

  private static func image(_ stored: JSON) -> [Int]? {
    if let all = stored.integer { return [all, all, all, all] }
    let list =
      stored.array
      ?? named(stored, ["top_pad", "bottom_pad", "left_pad", "right_pad"])
      .map { .number(Double($0)) }
    let flat = list.compactMap(\.integer)
    if flat.count == 4, list.count == 4 { return [flat[0], flat[2], flat[1], flat[3]] }
    guard list.count == 2, let vertical = pair(list[0]), let horizontal = pair(list[1]) else {
      return nil
    }
    return [vertical[0], horizontal[0], vertical[1], horizontal[1]]
  }

  /// `[begin, end]`, or one number for both.
  private static func pair(_ stored: JSON) -> [Int]? {
    if let both = stored.integer { return [both, both] }
    let list = stored.array?.compactMap(\.integer) ?? []
    return list.count == 2 ? list : nil
  }

  private static func named(_ stored: JSON, _ keys: [String]) -> [Int] {
    guard stored.object != nil else { return [] }
    return keys.map { stored[$0]?.integer ?? 0 }
  }
}
