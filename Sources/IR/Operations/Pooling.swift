/// What the pooling operations share: the window, over `[H, W, C]`, each channel on its own.
public protocol Pooling: OperationParameters {
  /// The window; its dilation is 1.
  var window: Window2D { get set }
}

extension Pooling {
  /// The attributes that every pooling has.
  var windowAttributes: [Attribute] {
    var list = [Attribute("kernel", .integers(window.kernel))]
    list.append(Attribute("stride", .integers(window.stride)))
    if window.padding != [0, 0, 0, 0] {
      list.append(Attribute("padding", .integers(window.padding)))
    }
    return list
  }

  /// The pooled shape with the given element; every window must hold an element that is no padding.
  func pooled(_ operand: TensorType, _ element: ElementType) throws -> TensorType {
    let extents = try window.outputExtents(of: operand)
    for axis in 0..<2 {
      let last = (extents[axis] - 1) * window.stride[axis] - window.padding[axis]
      guard window.padding[axis] < window.kernel[axis], last < operand.shape[axis] else {
        throw Diagnostic(
          "a window \(window.kernel) with padding \(window.padding) lies wholly in the padding")
      }
    }
    return TensorType(element, extents + [operand.channels])
  }
}

extension Window2D {
  /// Reads a pooling window from attributes.
  init(reading attributes: inout AttributeReader) throws {
    self.init(
      kernel: try attributes.integers("kernel", count: 2),
      stride: try attributes.integers("stride", count: 2),
      padding: try attributes.integers("padding", count: 4, [0, 0, 0, 0]))
  }
}

/// The mean of each window.
public struct AveragePool: Pooling {
  public static let mnemonic = "average_pool"
  public static let summary = "Averages each window."

  public var window: Window2D
  /// Whether padding counts in the divisor (1, as a fixed kernel area) or not (0).
  public var countsPadding: Bool

  public var operation: Operation { .averagePool(self) }

  /// An average pooling.
  public init(_ window: Window2D, countsPadding: Bool = false) {
    self.window = window
    self.countsPadding = countsPadding
  }

  public init(reading attributes: inout AttributeReader) throws {
    window = try Window2D(reading: &attributes)
    countsPadding = try attributes.integer("counts_padding", 0) != 0
  }

  public var attributes: [Attribute] {
    windowAttributes + (countsPadding ? [Attribute("counts_padding", .integer(1))] : [])
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard operands[0].element == .f32 else { throw Diagnostic("average_pool takes analog values") }
    return try pooled(operands[0], .f32)
  }
}

/// The sum of each window: what average pooling is in integers, its divisor gone into the scale.
public struct SumPool: Pooling {
  public static let mnemonic = "sum_pool"
  public static let summary = "Sums each window."

  public var window: Window2D

  public var attributes: [Attribute] { windowAttributes }
  public var operation: Operation { .sumPool(self) }

  /// A sum pooling.
  public init(_ window: Window2D) { self.window = window }

  public init(reading attributes: inout AttributeReader) throws {
    window = try Window2D(reading: &attributes)
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    try pooled(operands[0], operands[0].element == .spike ? .level : operands[0].element)
  }
}

/// The maximum of each window; padding never wins.
///
/// Of spikes or levels, layerwise: the maximum of the counts. Pipelined: the growth of the
/// window's largest running sum, which is a spike whenever the largest count grows.
public struct MaxPool: Pooling {
  public static let mnemonic = "max_pool"
  public static let summary = "Takes the maximum of each window."

  public var window: Window2D

  public var attributes: [Attribute] { windowAttributes }
  public var operation: Operation { .maxPool(self) }

  /// A maximum pooling.
  public init(_ window: Window2D) { self.window = window }

  public init(reading attributes: inout AttributeReader) throws {
    window = try Window2D(reading: &attributes)
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    guard operands[0].element != .current else { throw Diagnostic("max_pool takes no currents") }
    return try pooled(operands[0], operands[0].element)
  }
}
