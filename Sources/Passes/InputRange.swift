import SpikeExecution
import SpikeIR

/// Tells whether inputs have the size of those that a network was trained on.
///
/// Networks remember it: a batch-norm has the variance of what stood in front of it in training,
/// and a loss drives logits to some tens, whatever the inputs are.
public enum InputRange {
  private static let mostSamples = 64
  /// No training set differs so much from data that are like it.
  private static let largestDeviation = 5.0
  /// Networks that are trained by cross-entropy give logits of about 5 to 100.
  private static let usualLogits = 0.5...300.0

  /// A warning if the calibration data are far larger or smaller than the inputs of training.
  ///
  /// - Parameter graph: the CNN that takes them, before its batch-norms are folded. After that,
  ///   only the logits are looked at; nothing is, if they are not in the imported model's units.
  /// - Throws: a `Diagnostic` if the data do not fit the network.
  public static func warning(_ graph: Graph, _ data: CalibrationData) throws -> Diagnostic? {
    if graph.facts.contains(.currentsNormalized) { return nil }
    let count = min(mostSamples, data.source.count)
    let samples = data.source.read(0..<count)
    guard let largest = samples.map(abs).max(), largest > 0 else { return nil }
    func values(_ id: NodeID) throws -> [Float] {
      var part = graph
      part.outputs = [id]
      part.removeDeadNodes()
      return try AnalogExecutor(part).run(samples, count: count)[0]
    }
    if let (id, norm) = firstBatchNorm(graph) {
      let values = try values(graph[id].operands[0])
      guard let factor = deviation(values, norm, graph) else { return nil }
      return warning(
        factor, largest, graph[id].origin,
        because: "in front of its first batch-norm they vary \(times(factor)) as training's did")
    }
    guard let logits = logits(graph) else { return nil }
    let size = spread(try values(logits), count)
    guard !usualLogits.contains(size), size > 0 else { return nil }
    let origin = graph[logits].origin
    return warning(
      size > 1 ? .infinity : 0, largest, origin,
      because:
        "the logits of an input differ by \(Float(size)), those of trained classifiers by tens")
  }

  private static func firstBatchNorm(_ graph: Graph) -> (NodeID, BatchNorm)? {
    for node in graph.nodes {
      if case .batchNorm(let norm) = node.operation { return (node.id, norm) }
    }
    return nil
  }

  /// The standard deviation of values over that of training: the median of all channels.
  private static func deviation(_ values: [Float], _ norm: BatchNorm, _ graph: Graph) -> Double? {
    let variance = graph.constants[norm.variance].floats.map(Double.init)
    let rows = Double(values.count / variance.count)
    let means = sums(of: values, channels: variance.count) { value, _ in value }.map { $0 / rows }
    let squares = sums(of: values, channels: variance.count) { value, channel in
      (value - means[channel]) * (value - means[channel])
    }
    let ratios = variance.indices.filter { variance[$0] > norm.epsilon }.map {
      (squares[$0] / rows / variance[$0]).squareRoot()
    }
    return ratios.isEmpty ? nil : ratios.sorted()[ratios.count / 2]
  }

  /// The sum of `term` over the values of each channel.
  @inline(__always)
  private static func sums(
    of values: [Float], channels: Int, _ term: (Double, Int) -> Double
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: channels)
    for row in stride(from: 0, to: values.count, by: channels) {
      for c in 0..<channels { sums[c] += term(Double(values[row &+ c]), c) }
    }
    return sums
  }

  /// The values that stand for classes, before a softmax.
  private static func logits(_ graph: Graph) -> NodeID? {
    guard graph.outputs.count == 1 else { return nil }
    let output = graph[graph.outputs[0]]
    guard output.type.shape.count == 1, output.type.count > 1 else { return nil }
    if case .activation(let activation) = output.operation {
      let isSoftmax = [.softmax, .logSoftmax].contains(activation.function)
      return isSoftmax ? output.operands[0] : nil
    }
    return output.id
  }

  /// The largest minus the smallest logit of an input: the median of all inputs.
  private static func spread(_ values: [Float], _ count: Int) -> Double {
    let classes = values.count / count
    let spreads = (0..<count).map { sample -> Float in
      let own = values[sample * classes..<(sample + 1) * classes]
      return own.max()! - own.min()!
    }
    return Double(spreads.sorted()[count / 2])
  }

  private static func warning(
    _ factor: Double, _ largest: Float, _ origin: Origin, because reason: String
  ) -> Diagnostic? {
    if factor > largestDeviation {
      return Diagnostic(
        "the calibration inputs, up to \(largest), look too large for this network: \(reason)",
        origin: origin,
        notes: ["if it was trained on inputs from 0 to 1, give --scale \(Int(largest.rounded()))"])
    }
    if factor < 1 / largestDeviation {
      return Diagnostic(
        "the calibration inputs look too small for this network: \(reason)", origin: origin,
        notes: ["if it was trained on raw values such as 0 to 255, leave out --scale"])
    }
    return nil
  }

  private static func times(_ factor: Double) -> String {
    factor >= 1
      ? "\(Int(factor.rounded())) times as much"
      : "one \(Int((1 / max(factor, 1e-9)).rounded()))th as much"
  }
}
