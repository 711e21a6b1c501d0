/// 2-D convolution (cross-correlation) of `[H, W, C]` with weights `[O, kh, kw, C / groups]`.
public struct Convolution2D: Synapse {
  public static let mnemonic = "conv2d"
  public static let summary = "Slides a window of weights over height and width."

  public var weight: ConstantID
  public var bias: ConstantID?
  public var shift = 0
  /// The window's step: vertical, horizontal.
  public var stride: [Int]
  /// Zeros around the operand: top, left, bottom, right.
  public var padding: [Int]
  /// The distance between the window's taps: vertical, horizontal.
  public var dilation: [Int]
  /// Channels are split into this many groups that do not mix; C for a depthwise convolution.
  public var groups: Int

  public var operation: Operation { .conv2d(self) }

  /// A convolution with a bias of shape `[O]`, or none.
  public init(
    weight: ConstantID, bias: ConstantID? = nil, stride: [Int] = [1, 1],
    padding: [Int] = [0, 0, 0, 0], dilation: [Int] = [1, 1], groups: Int = 1
  ) {
    self.weight = weight
    self.bias = bias
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  public init(reading attributes: inout AttributeReader) throws {
    weight = try attributes.constant("weight")
    bias = try attributes.optionalConstant("bias")
    shift = try attributes.integer("shift", 0)
    stride = try attributes.integers("stride", count: 2)
    padding = try attributes.integers("padding", count: 4)
    dilation = try attributes.integers("dilation", count: 2, [1, 1])
    groups = try attributes.integer("groups", 1)
  }

  public var attributes: [Attribute] {
    var list = synapseAttributes
    list.append(Attribute("stride", .integers(stride)))
    list.append(Attribute("padding", .integers(padding)))
    if dilation != [1, 1] { list.append(Attribute("dilation", .integers(dilation))) }
    if groups != 1 { list.append(Attribute("groups", .integer(groups))) }
    return list
  }

  public func resultType(
    of operands: [TensorType], declared: TensorType?, constants: ConstantTable
  ) throws -> TensorType {
    let operand = operands[0]
    let element = try resultElement(of: operand)
    let kernel = constants[weight].shape
    guard operand.shape.count == 3 else {
      throw Diagnostic("conv2d takes [height, width, channels], not \(operand)")
    }
    guard kernel.count == 4 else {
      throw Diagnostic("weight has shape \(kernel), expected [outputs, height, width, channels]")
    }
    let channels = operand.shape[2]
    guard (1...channels).contains(groups), channels == kernel[3] * groups, kernel[0] % groups == 0
    else {
      throw Diagnostic(
        "weight \(kernel) with \(groups) groups does not fit an operand of \(channels) channels")
    }
    try check(bias, "bias", is: [kernel[0]], in: constants)
    let extents = try window(constants).outputExtents(of: operand)
    return TensorType(element, extents + [kernel[0]])
  }

  /// What the convolution slides over its operand.
  public func window(_ constants: ConstantTable) -> Window2D {
    Window2D(
      kernel: Array(constants[weight].shape[1...2]), stride: stride, padding: padding,
      dilation: dilation)
  }
}
