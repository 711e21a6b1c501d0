import SpikeIR

extension TrickyNetworks {
  @Sendable static func inputNormalisation() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    let value = try net.scale("norm", by: [2, 0.5, 4], plus: [0.5, -0.25, 1])
    let a = try net.conv("a", 4)
    let b = try net.conv("b", 4, [1, 1], padding: [0, 0, 0, 0], on: value)
    try net.add("sum", Add(), on: [a, b])
    try net.relu("relu")
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func leaky() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    for layer in ["a", "b"] {
      try net.conv(layer, 4)
      try net.norm("\(layer).bn")
      try net.add("\(layer).leaky", LeakyReLU(slope: net.graph.constant([1], [0.2])))
    }
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func prelu() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    try net.conv("conv", 4)
    let slopes = net.graph.constant([4], [0.1, -0.2, 1.5, 0])
    try net.add("prelu", LeakyReLU(slope: slopes))
    try net.add("pool", AveragePool(Window2D(kernel: [2, 2], stride: [2, 2])))
    try net.conv("conv2", 4)
    try net.relu("relu")
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func doubled() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    let linear = try net.conv("conv", 4)
    try net.add("twice", Add(), on: [linear, linear])
    let rectified = try net.relu("relu")
    try net.add("again", Add(), on: [rectified, rectified])
    try net.relu("relu2")
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func normBehindPadding() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    try net.conv("conv", 4)
    try net.relu("relu")
    try net.norm("bn")
    try net.conv("conv2", 4)
    try net.relu("relu2")
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func preActivation() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    var value = try net.conv("stem", 4)
    for block in ["a", "b"] {
      try net.norm("\(block).bn", on: value)
      try net.relu("\(block).relu")
      let branch = try net.conv("\(block).conv", 4)
      value = try net.add("\(block).add", Add(), on: [value, branch])
    }
    try net.norm("bn")
    try net.relu("relu")
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func globalPool() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    try net.conv("conv", 6)
    try net.relu("relu")
    try net.conv("logits", 5, [1, 1], padding: [0, 0, 0, 0])
    try net.add("pool", AveragePool(Window2D(kernel: [6, 6], stride: [6, 6])))
    try net.add("flat", Reshape(), type: TensorType(.f32, [5]))
    return net.graph
  }

  @Sendable static func linearConcat() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    let a = try net.conv("a", 2)
    let b = try net.conv("b", 3, on: net.graph.inputs[0])
    let joined = try net.add("joined", Concat(axis: 2), on: [a, b])
    try net.conv("c", 4)
    let c = try net.relu("relu")
    try net.add("again", Concat(axis: 2), on: [joined, c])
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func softmaxAndLogits() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    try net.conv("conv", 4)
    try net.relu("relu")
    let logits = try net.classify("fc", 5)
    net.graph.outputs = [logits, logits]
    return net.graph
  }

  @Sendable static func poolOfInput() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    try net.add("max", MaxPool(Window2D(kernel: [2, 2], stride: [1, 1])))
    try net.add("average", AveragePool(Window2D(kernel: [2, 2], stride: [1, 1])))
    try net.conv("conv", 4)
    try net.relu("relu")
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func inputIntoConcat() throws -> Graph {
    var net = try Network(input: [6, 6, 3])
    let input = net.last
    try net.conv("conv", 4)
    let features = try net.relu("relu")
    try net.add("joined", Concat(axis: 2), on: [input, features])
    try net.conv("conv2", 4)
    try net.relu("relu2")
    try net.classify("fc", 5)
    return net.graph
  }

  @Sendable static func layoutChange() throws -> Graph {
    var net = try Network(input: [4, 6, 3])
    try net.conv("conv", 4)
    try net.relu("relu")
    try net.add("turn", Transpose(permutation: [2, 0, 1]))
    try net.conv("conv2", 5, [3, 3], padding: [1, 1, 1, 1])
    try net.relu("relu2")
    try net.add("shape", Reshape(), type: TensorType(.f32, [8, 10]))
    try net.classify("fc", 5)
    return net.graph
  }
}
