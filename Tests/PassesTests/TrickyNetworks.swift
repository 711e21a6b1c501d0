import SpikeIR

/// Structures that conversion tools stumble over, each as a small CNN.
enum TrickyNetworks {
  static let all: [(name: String, make: @Sendable () throws -> Graph)] = [
    ("linear bottleneck with residual", linearBottleneck), ("dense block", denseBlock),
    ("padded average pool", paddedAveragePool), ("relu6", relu6), ("average merge", averageMerge),
    ("channels first", channelsFirst), ("two heads", twoHeads),
    ("two populations after an addition", twoAfterAddition), ("max pool", maxPool),
    ("1-D convolution", convolution1D), ("depthwise, dilated, asymmetric", depthwise),
    ("input normalisation per channel", inputNormalisation), ("leaky relu", leaky),
    ("prelu per channel before pooling", prelu), ("relu of an addition of itself", doubled),
    ("batch-norm behind padding", normBehindPadding), ("pre-activation residual", preActivation),
    ("global average pool to logits", globalPool), ("concat of linear values", linearConcat),
    ("softmax and its logits", softmaxAndLogits), ("pool of the input", poolOfInput),
    ("input into a concat", inputIntoConcat), ("spatial layout change", layoutChange),
  ]

  @Sendable static func linearBottleneck() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    try net.conv("stem", 4)
    let stem = try net.relu("stem.relu")
    try net.conv("project", 4, [1, 1], padding: [0, 0, 0, 0])
    let first = try net.norm("project.bn")
    try net.conv("expand", 8, [1, 1], padding: [0, 0, 0, 0])
    try net.relu("expand.relu", ceiling: 6)
    try net.conv("depthwise", 8, groups: 8)
    try net.relu("depthwise.relu", ceiling: 6)
    try net.conv("project2", 4, [1, 1], padding: [0, 0, 0, 0])
    let second = try net.norm("project2.bn")
    try net.add("residual", Add(), on: [first, second])
    let sum = net.last
    try net.conv("third", 4, [1, 1], padding: [0, 0, 0, 0])
    try net.add("residual2", Add(), on: [sum, net.last, stem])
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func denseBlock() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    var value = try net.conv("stem", 4)
    for block in ["a", "b", "c"] {
      try net.norm("\(block).bn", on: value)
      try net.relu("\(block).relu")
      let grown = try net.conv("\(block).conv", 3)
      value = try net.add("\(block).concat", Concat(axis: 2), on: [value, grown])
    }
    try net.norm("bn")
    try net.relu("relu")
    try net.add("pool", AveragePool(Window2D(kernel: [6, 6], stride: [1, 1])))
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func paddedAveragePool() throws -> Graph {
    var net = try Network(input: [7, 7, 2])
    try net.conv("conv", 4)
    try net.relu("relu")
    let window = Window2D(kernel: [3, 3], stride: [2, 2], padding: [1, 0, 1, 1])
    try net.add("pool", AveragePool(window))
    try net.conv("conv2", 4)
    try net.relu("relu2")
    try net.add("pool2", AveragePool(window, countsPadding: true))
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func relu6() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    try net.conv("conv", 6)
    try net.scale("gain", by: [9])
    try net.relu("relu6", ceiling: 6)
    try net.conv("conv2", 6)
    try net.relu("clip", ceiling: 0.5)
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func averageMerge() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    try net.conv("conv", 4)
    let a = try net.relu("a")
    try net.conv("conv2", 4)
    let b = try net.relu("b")
    try net.add("sum", Add(), on: [a, b])
    try net.scale("average", by: [0.5])
    try net.conv("conv3", 4)
    try net.relu("relu3")
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func channelsFirst() throws -> Graph {
    var net = try Network(input: [3, 6, 5])
    try net.add("nhwc", Transpose(permutation: [1, 2, 0]))
    try net.conv("conv", 4)
    try net.relu("relu")
    try net.add("pool", MaxPool(Window2D(kernel: [2, 2], stride: [2, 2])))
    try net.add("nchw", Transpose(permutation: [2, 0, 1]))
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func twoHeads() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    try net.conv("conv", 4)
    let trunk = try net.relu("relu")
    let first = try net.classify("head1", 3, on: trunk)
    try net.conv("conv2", 2, on: trunk)
    let second = try net.relu("head2")
    net.graph.outputs = [first, second]
    return net.graph
  }

  @Sendable static func twoAfterAddition() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    let a = try net.conv("a", 4)
    let b = try net.conv("b", 4, on: net.graph.inputs[0])
    let sum = try net.add("sum", Add(), on: [a, b])
    let first = try net.relu("first", on: sum)
    let second = try net.relu("second", ceiling: 0.4, on: sum)
    try net.add("joined", Concat(axis: 2), on: [first, second])
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func maxPool() throws -> Graph {
    var net = try Network(input: [8, 8, 3])
    try net.conv("conv", 4)
    try net.add("pool", MaxPool(Window2D(kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1])))
    try net.relu("relu")
    try net.conv("conv2", 4)
    try net.relu("relu2")
    try net.add("pool2", MaxPool(Window2D(kernel: [2, 2], stride: [2, 2])))
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func convolution1D() throws -> Graph {
    var net = try Network(input: [12, 3])
    try net.add("image", Reshape(), type: TensorType(.f32, [12, 1, 3]))
    try net.conv("conv", 6, [5, 1], padding: [4, 0, 0, 0])
    try net.relu("relu")
    try net.add("pool", AveragePool(Window2D(kernel: [2, 1], stride: [2, 1])))
    try net.conv("conv2", 4, [3, 1], padding: [1, 0, 1, 0])
    try net.add("sequence", Reshape(), type: TensorType(.f32, [6, 4]))
    try net.relu("relu2")
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func depthwise() throws -> Graph {
    var net = try Network(input: [9, 8, 4])
    try net.conv("depthwise", 8, stride: [2, 1], padding: [0, 1, 2, 0], groups: 4)
    try net.norm("bn")
    try net.relu("relu")
    try net.conv("dilated", 6, padding: [2, 2, 2, 1], dilation: [2, 2], groups: 2)
    try net.relu("relu2")
    try net.add("pad", Pad(padding: [0, 1, 2, 0]))
    try net.conv("conv", 3, [2, 4], padding: [0, 0, 0, 0])
    try net.relu("relu3")
    try net.classify("fc", 5)
    return net.graph
  }
}
