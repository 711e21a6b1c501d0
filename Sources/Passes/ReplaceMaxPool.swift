import SpikeExecution
import SpikeIR

extension Pass {
  /// Replaces max-pooling by sum-pooling times a gain, for targets that have no max-pooling.
  ///
  /// The gain of each channel is the g for which the mean of `(max - g · average)²` over the
  /// calibration data is least, `g = E[max · average] / E[average²]`; with the window's area it
  /// becomes the scale of the sum, and so a factor of the next weights. The network's meaning
  /// changes; training with average pooling is better where it can be done.
  ///
  ///     %p = max_pool %r; %c = conv2d %p   ->   %p = sum_pool %r scale g/4; %c = conv2d %p with W·g/4
  static let replaceMaxPool = Pass(
    name: "replace-max-pool",
    summary: "Replaces max-pooling by sum-pooling with a fitted gain.",
    options: [PassOption("samples", "256", "how many calibration samples the gain is fitted to")],
    preserves: .changesMeaning("the maximum of a window becomes a multiple of its mean")
  ) { graph, context in
    let most = try context.arguments.integer("samples", in: 1...65536)
    for id in graph.order {
      guard case .maxPool(let pool) = graph[id].operation else { continue }
      let data = try context.requireCalibration(for: "replace-max-pool")
      let gain = try fittedGain(id, pool, graph, data.source.prefix(most))
      graph[id].operation = .sumPool(SumPool(pool.window))
      let area = Float(pool.window.area)
      try Rescaling.apply([id: Scale(gain.map { $0 / area })], to: &graph)
    }
  }
}

/// E[max · average] / E[average²] for each channel; 1 where the average is always 0.
private func fittedGain(
  _ id: NodeID, _ pool: MaxPool, _ graph: Graph, _ source: FloatSamples
) throws -> [Float] {
  var probe = graph
  let average = try probe.add(
    "\(graph[id].name).average", AveragePool(pool.window, countsPadding: true),
    graph[id].operands, origin: graph[id].origin)
  probe.outputs = [average, id]
  probe.removeDeadNodes()
  let executor = try AnalogExecutor(probe)
  let channels = graph[id].type.channels
  var products = [Double](repeating: 0, count: channels)
  var squares = products
  for start in stride(from: 0, to: source.count, by: 64) {
    let range = start..<min(start + 64, source.count)
    let values = try executor.run(source.read(range), count: range.count)
    for (i, mean) in values[0].enumerated() {
      products[i % channels] += Double(mean) * Double(values[1][i])
      squares[i % channels] += Double(mean) * Double(mean)
    }
  }
  return (0..<channels).map { channel in
    guard squares[channel] > 0 else { return 1 }
    return max(Float(products[channel] / squares[channel]), 1e-3)
  }
}
