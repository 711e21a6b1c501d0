import SpikeIR
import SpikeTargets

extension Pass {
  /// Refuses a network whose layers a target cannot hold; says so for each of them, with the limit
  /// and what would help.
  static let checkStructure = Pass(
    name: "check-structure",
    summary: "Refuses layers that a target cannot hold.",
    options: [PassOption("target", "generic", "see spikec targets")],
    preserves: .exact
  ) { graph, context in
    let target = try Target.named(context.arguments.text("target"))
    var check = StructureCheck(target: target, graph: graph)
    for node in graph.nodes { check.visit(node) }
    check.visitWhole()
    try DiagnosticList(check.found).throwIfAny()
  }
}

private struct StructureCheck {
  let target: Target
  let graph: Graph
  var found: [Diagnostic] = []
  private var limits: Limits { target.limits }

  init(target: Target, graph: Graph) {
    self.target = target
    self.graph = graph
  }

  private mutating func refuse(_ node: Node, _ what: String, _ help: String) {
    let refusal = Diagnostic(
      "target '\(target.name)' \(what)", origin: node.origin, notes: [help])
    // What a layer became may be refused in several places.
    if !found.contains(refusal) { found.append(refusal) }
  }

  mutating func visit(_ node: Node) {
    checkSize(node)
    switch node.operation {
    case .conv2d(let conv): check(conv, node)
    case .dense(let dense): checkWeights(dense.weight, node)
    case .maxPool where !limits.maxPooling:
      refuse(node, "has no max-pooling", "give --replace-max-pool, or train with average pooling")
    case .sumPool(let pool): check(pool.window, node)
    case .averagePool(let pool): check(pool.window, node)
    case .concat where !limits.concatenation:
      refuse(node, "cannot join populations here", "use split-concatenation")
    case .add where !limits.sums:
      refuse(
        node, "adds no currents of several synapses",
        "use a network without shortcuts, and with an activation behind every layer")
    case .input, .diagonal, .batchNorm, .relu, .leakyRelu, .activation, .maxPool, .add, .concat,
      .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      break
    }
  }

  private mutating func check(_ conv: Convolution2D, _ node: Node) {
    let shape = graph.constants[conv.weight].shape
    let kernel = max(shape[1], shape[2])
    if let most = limits.largestKernel, kernel > most {
      refuse(node, "has kernels of up to \(most) rows or columns, not \(kernel)", "split the layer")
    }
    if let strides = limits.strides, let other = conv.stride.first(where: { !strides.contains($0) })
    {
      refuse(node, "has strides \(strides), not \(other)", "change the layer's stride")
    }
    if !limits.groups, conv.groups > 1 {
      refuse(node, "has no groups, the layer has \(conv.groups)", "use densify-groups")
    }
    if !limits.asymmetricPadding, Array(conv.padding[..<2]) != Array(conv.padding[2...]) {
      refuse(node, "has no asymmetric padding \(conv.padding)", "use symmetrize-padding")
    }
    checkWeights(conv.weight, node)
  }

  private mutating func check(_ window: Window2D, _ node: Node) {
    if !limits.sumPooling { refuse(node, "has no pooling", "use strides") }
    if let kernels = limits.poolingKernels,
      let other = window.kernel.first(where: { !kernels.contains($0) })
    {
      refuse(
        node, "pools windows of \(kernels) rows or columns, not \(other)", "change the pooling")
    }
    if limits.poolingKernels != nil, window.kernel != window.stride {
      refuse(node, "pools windows that do not overlap", "make the stride the window's size")
    }
  }

  private mutating func checkWeights(_ weight: ConstantID, _ node: Node) {
    let tensor = graph.constants[weight]
    if !limits.negativeWeights, tensor.floats.contains(where: { $0 < 0 }) {
      refuse(node, "has no negative weights", "train with weights that are not negative")
    }
    let fanIn = tensor.count / max(tensor.shape[0], 1)
    if let most = limits.fanIn, fanIn > most {
      refuse(node, "lets \(most) synapses end in a neuron, not \(fanIn)", "use a smaller layer")
    }
  }

  private mutating func checkSize(_ node: Node) {
    guard node.type.shape.count == 3 else { return }
    if let most = limits.channels, node.type.channels > most {
      refuse(node, "has up to \(most) channels, not \(node.type.channels)", "use a narrower layer")
    }
    let extent = max(node.type.shape[0], node.type.shape[1])
    if let most = limits.extent, extent > most {
      refuse(node, "has up to \(most) rows or columns, not \(extent)", "use smaller images")
    }
  }

  /// What concerns the network as a whole.
  mutating func visitWhole() {
    let populations = graph.nodes.count { $0.operation.rectification != nil } + 1
    if let most = limits.populations, populations > most {
      found.append(
        Diagnostic(
          "target '\(target.name)' has \(most) cores, the network needs \(populations)",
          notes: ["use a network of fewer layers"]))
    }
  }
}
