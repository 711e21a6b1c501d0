import Foundation
import SpikeData
import SpikeExecution
import SpikeFrontend
import SpikeIR
import Testing

/// Imports models and holds what they compute against recorded outputs.
enum ReferenceComparison {
  /// The largest difference from the recorded outputs, relative to the largest of them, over all
  /// outputs that were recorded (`y`, `y1`).
  static func largestDifference(_ graph: Graph, reference: String) throws -> Float {
    let archive = try NPZArchive(reference)
    let x = try archive.array(named: "x")
    let outputs = try AnalogExecutor(graph).run(x.floats(), count: x.rowCount)
    var largest: Float = 0
    for (name, output) in zip(["y", "y1"], outputs) where archive.names.contains(name) {
      let expected = try archive.array(named: name).floats()
      try #require(expected.count == output.count, "\(name) has another number of elements")
      let scale = expected.map(abs).max() ?? 0
      let difference = zip(expected, output).map { abs($0 - $1) }.max() ?? .infinity
      let isFinite = output.allSatisfy(\.isFinite)
      #expect(isFinite)
      largest = max(largest, difference / max(scale, .leastNormalMagnitude))
    }
    return largest
  }

  /// The diagnostic that importing a file ends with, or nil if it succeeds.
  static func refusal(_ path: String, _ options: ImportOptions = ImportOptions()) -> Diagnostic? {
    do {
      _ = try Importer.load(path: path, options: options)
      return nil
    } catch { return error }
  }
}

extension Graph {
  /// The graph with the kernels of all convolutions rotated by 180 degrees.
  var withRotatedKernels: Graph {
    var result = self
    for node in nodes {
      guard case .conv2d(let convolution) = node.operation else { continue }
      let shape = constants[convolution.weight].shape
      let (taps, channels) = (shape[1] * shape[2], shape[3])
      result.constants[convolution.weight].withFloats { values in
        let old = values
        for index in old.indices {
          let (block, channel) = (index / channels, index % channels)
          let (output, tap) = (block / taps, block % taps)
          values[(output * taps + taps - 1 - tap) * channels + channel] = old[index]
        }
      }
    }
    return result
  }
}
