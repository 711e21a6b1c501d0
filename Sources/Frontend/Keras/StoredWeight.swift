import HDF5
import SpikeIR

/// One weight as it is stored. Its values are read when they are asked for, in the order that is asked
/// for, so that there is one copy of them in memory.
struct StoredWeight {
  /// The path of its dataset below the layer's.
  let name: String
  private let dataset: HDF5Dataset

  var shape: [Int] { dataset.shape }

  /// No network that fits the memory of one machine has more weights.
  private static let largestTotal = 1 << 28
  /// Elements that are read at once.
  private static let pieceSize = 1 << 18

  /// A dataset; `totalCount` counts the elements of all weights so far.
  ///
  /// - Throws: a `Diagnostic` if there are too many.
  init(reading dataset: HDF5Dataset, name: String, totalCount: inout Int) throws {
    guard dataset.count <= StoredWeight.largestTotal - totalCount else {
      throw Diagnostic("the model has more weights than \(StoredWeight.largestTotal)")
    }
    totalCount += dataset.count
    (self.name, self.dataset) = (name, dataset)
  }

  /// The values, the last axis running fastest.
  ///
  /// - Throws: a `Diagnostic` if one is no number; an `HDF5Error`.
  func values() throws -> [Float] {
    let values = try dataset.read(as: Float.self)
    try check(values)
    return values
  }

  /// The values of a matrix `[inputs, outputs]` as `[outputs, inputs]`; also of kernels `[h, w, C, O]`
  /// as `[O, h, w, C]`, whose first three axes stay together.
  ///
  /// - Throws: a `Diagnostic` if one is no number; an `HDF5Error`.
  func outputsFirst(_ outputs: Int) throws -> [Float] {
    let inputs = dataset.count / outputs
    let step = max(1, StoredWeight.pieceSize / outputs)
    return try [Float](unsafeUninitializedCapacity: dataset.count) { result, count in
      for first in stride(from: 0, to: inputs, by: step) {
        let rows = min(step, inputs - first)
        let piece = try dataset.read(first * outputs..<(first + rows) * outputs, as: Float.self)
        try check(piece)
        for output in 0..<outputs {
          for row in 0..<rows {
            let value = piece[row * outputs + output]
            result.initializeElement(at: output * inputs + first + row, to: value)
          }
        }
      }
      count = dataset.count
    }
  }

  private func check(_ values: [Float]) throws {
    // The sum of finite floats, as a Double, is finite; NaN and infinity stay in it.
    let sum = values.withUnsafeBufferPointer { $0.reduce(0) { $0 + Double($1) } }
    guard !sum.isFinite else { return }
    let isNaN = values.contains(where: \.isNaN)
    throw Diagnostic(
      "the weight \(name) contains \(isNaN ? "NaN" : "infinity"): the training diverged, or the"
        + " file is damaged",
      notes: ["train again with a smaller learning rate, or take an earlier checkpoint"])
  }
}
