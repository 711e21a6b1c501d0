/// The geometry of a window that slides over height and width.
public struct Window2D: Hashable, Sendable {
  /// The window's taps: vertical, horizontal.
  public var kernel: [Int]
  /// The window's step: vertical, horizontal.
  public var stride: [Int]
  /// Padding of the operand: top, left, bottom, right.
  public var padding: [Int]
  /// The distance between taps: vertical, horizontal.
  public var dilation: [Int]

  /// A window; by default without padding and with adjacent taps.
  public init(
    kernel: [Int], stride: [Int], padding: [Int] = [0, 0, 0, 0], dilation: [Int] = [1, 1]
  ) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  /// The number of taps.
  public var area: Int { kernel[0] * kernel[1] }

  /// Height and width of what the window gives for `[H, W, C]`.
  ///
  /// Throws a `Diagnostic` if the operand has another rank, if a number is out of range, or if
  /// the window does not fit even once.
  public func outputExtents(of operand: TensorType) throws -> [Int] {
    guard operand.shape.count == 3 else {
      throw Diagnostic("a 2-D window takes [height, width, channels], not \(operand)")
    }
    let limit = 1 << 20
    guard kernel.count == 2, stride.count == 2, dilation.count == 2, padding.count == 4,
      (kernel + stride + dilation).allSatisfy({ (1...limit).contains($0) }),
      padding.allSatisfy({ (0...limit).contains($0) })
    else {
      throw Diagnostic(
        "kernel \(kernel), stride \(stride), dilation \(dilation) must be positive,"
          + " padding \(padding) not negative")
    }
    return try (0..<2).map { axis in
      let padded = operand.shape[axis] + padding[axis] + padding[axis + 2]
      let reach = dilation[axis] * (kernel[axis] - 1) + 1
      guard padded >= reach else {
        throw Diagnostic("a window of \(reach) does not fit into \(padded) elements")
      }
      return (padded - reach) / stride[axis] + 1
    }
  }
}
