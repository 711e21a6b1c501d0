import Foundation
import SpikeData
import SpikeIR
import TestSupport

extension Graph {
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
