import SpikeIR

extension Pass {
  /// Gives grouped and depthwise convolutions weights between all channels, zeros between groups,
  /// for targets whose convolutions have no groups.
  ///
  ///     %c = conv2d %x {weight: [O,kh,kw,C/g], groups=g}   ->   %c = conv2d %x {weight: [O,kh,kw,C]}
  static let densifyGroups = Pass(
    name: "densify-groups",
    summary: "Gives grouped convolutions weights between all channels.",
    preserves: .within(1e-5)
  ) { graph, _ in
    for id in graph.order {
      guard case .conv2d(var conv) = graph[id].operation, conv.groups > 1 else { continue }
      let weight = graph.constants[conv.weight]
      guard !weight.isInteger else {
        throw Diagnostic("densify-groups comes before quantize-weights", origin: graph[id].origin)
      }
      conv.weight = graph.constants.add(
        graph.constants.name(of: conv.weight), densified(weight, groups: conv.groups))
      conv.groups = 1
      graph[id].operation = .conv2d(conv)
    }
    graph.removeDeadNodes()
  }
}

private func densified(_ weight: Tensor, groups: Int) -> Tensor {
  let (rows, width) = (weight.shape[0], weight.shape[3])
  let taps = weight.shape[1] * weight.shape[2]
  let channels = width * groups
  let old = weight.floats
  var values = [Float](repeating: 0, count: rows * taps * channels)
  for row in 0..<rows {
    let first = row / (rows / groups) * width
    for tap in 0..<taps {
      for channel in 0..<width {
        values[(row * taps + tap) * channels + first + channel] =
          old[(row * taps + tap) * width + channel]
      }
    }
  }
  return Tensor([rows, weight.shape[1], weight.shape[2], channels], values)
}
