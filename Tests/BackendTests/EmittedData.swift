import Foundation
import SpikeData
import SpikeIR
import TestSupport

extension Graph {
  /// Two layers of `width` inputs and neurons; from about 1500 on, their weights take more than
  /// 4 MiB and lie in a file.
  static func wide(_ width: Int) throws -> Graph {
    var graph = try Graph(input: [width])
    let (zero, one) = (graph.constant([1], [0]), graph.constant([1], [1]))
    try graph.append("encode", Encode(.rate, offset: zero, step: one, low: 0, high: 1))
    var numbers = Numbers(seed: 9)
    let first = numbers.integers(width * width, -900...900)
    try graph.append("first", Dense(weight: graph.constant([width, width], integers: first)))
    let (threshold, start) = (
      graph.constant([1], integers: [30000]), graph.constant([1], integers: [15000])
    )
    try graph.append("hidden", Fire(threshold: threshold, start: start))
    let last = numbers.integers(10 * width, -100...100)
    try graph.append("last", Dense(weight: graph.constant([10, width], integers: last)))
    try graph.append("logits", ReadOut(scale: one))
    graph.facts = [.spiking, .quantized]
    graph.timesteps = 8
    try graph.verify()
    return graph
  }

  /// Some images for the graph's input, the same at every call.
  func samples(_ count: Int) -> [[Float]] {
    var numbers = Numbers(seed: 77)
    return (0..<count).map { _ in numbers.floats(self[inputs[0]].type.count) }
  }

  /// Writes images `x` and labels `y` for the graph's input into an archive.
  func write(_ samples: [[Float]], labels: [Int], to file: URL) throws {
    let shape = [samples.count] + self[inputs[0]].type.shape
    try NPZArchive.write(
      [
        ("x", NDArray(samples.flatMap { $0 }, shape: shape)),
        ("y", NDArray(labels, shape: [labels.count])),
      ], to: file.path)
  }
}
