import SpikeIR

extension Pass {
  /// Makes convolutions that are padded on one side more than on the other symmetric, for formats
  /// that have one padding per axis: the kernel gets rows and columns of zeros instead.
  ///
  /// A kernel of k taps with padding (t, b) becomes one of `k + 2·max(t, b) - t - b` taps with
  /// `max(t, b)` on both sides; the result has the same extent. Dilated kernels get their zeros
  /// between the taps first.
  ///
  ///     conv2d {weight: [O,3,3,C], padding=[0,0,1,1]}   ->   conv2d {weight: [O,4,4,C], padding=[1,1,1,1]}
  static let symmetrizePadding = Pass(
    name: "symmetrize-padding",
    summary: "Turns asymmetric padding of convolutions into zeros in the kernel.",
    preserves: .within(1e-5)
  ) { graph, _ in
    for id in graph.order {
      guard case .conv2d(var conv) = graph[id].operation,
        conv.padding[0] != conv.padding[2] || conv.padding[1] != conv.padding[3]
      else { continue }
      let weight = graph.constants[conv.weight]
      guard !weight.isInteger else {
        throw Diagnostic(
          "symmetrize-padding comes before quantize-weights", origin: graph[id].origin)
      }
      let (tensor, padding) = embedded(weight, conv)
      conv.weight = graph.constants.add(graph.constants.name(of: conv.weight), tensor)
      (conv.padding, conv.dilation) = (padding, [1, 1])
      graph[id].operation = .conv2d(conv)
    }
    graph.removeDeadNodes()
  }
}

/// The kernel with zeros between and around its taps, and the padding that goes with it.
private func embedded(_ weight: Tensor, _ conv: Convolution2D) -> (Tensor, padding: [Int]) {
  let sides = (0..<2).map { max(conv.padding[$0], conv.padding[$0 + 2]) }
  let lead = (0..<2).map { sides[$0] - conv.padding[$0] }
  let extents = (0..<2).map { axis -> Int in
    let reach = conv.dilation[axis] * (weight.shape[axis + 1] - 1) + 1
    let padded = conv.padding[axis] + conv.padding[axis + 2]
    return reach + 2 * sides[axis] - padded
  }
  let (rows, channels) = (weight.shape[0], weight.shape[3])
  let old = weight.floats
  var values = [Float](repeating: 0, count: rows * extents[0] * extents[1] * channels)
  var source = 0
  for row in 0..<rows {
    for y in 0..<weight.shape[1] {
      for x in 0..<weight.shape[2] {
        let (top, left) = (lead[0] + y * conv.dilation[0], lead[1] + x * conv.dilation[1])
        let target = ((row * extents[0] + top) * extents[1] + left) * channels
        for channel in 0..<channels { values[target + channel] = old[source + channel] }
        source += channels
      }
    }
  }
  return (Tensor([rows] + extents + [channels], values), sides + sides)
}
