import SpikeIR

/// A convolution; weights `[C][kh][kw][O / groups]`.
struct SpikeConvolution<Scalar: SpikeScalar>: Sendable {
  private let weight: Buffer<Scalar>
  private let operand: TensorType
  /// For each row of the operand, where its levels go; weights and currents in whole rows.
  private let rows: [[SpikeRun]]
  /// The same for each column.
  private let columns: [[SpikeRun]]
  /// The weights of one input channel.
  private let weightsPerChannel: Int
  private let groupInputs: Int
  private let groupOutputs: Int

  init(_ conv: Convolution2D, _ operand: TensorType, _ result: TensorType, _ graph: Graph) {
    let tensor = graph.constants[conv.weight]
    let shape = tensor.shape
    let (height, width) = (shape[1], shape[2])
    let window = conv.window(graph.constants)
    let outputs = shape[0] / conv.groups
    self.operand = operand
    (groupInputs, groupOutputs) = (shape[3], outputs)
    weightsPerChannel = height * width * outputs
    rows = (0..<operand.shape[0]).map { y in
      window.taps(0, y, of: result.shape[0]).map { tap, position in
        SpikeRun(
          weight: tap * width * outputs, target: position * result.shape[1] * shape[0], count: 1)
      }
    }
    // Taps are mirrored from left to right: then a level's targets and weights both ascend, and
    // where they are adjacent they are one run.
    columns = (0..<operand.shape[1]).map { x in
      let runs = window.taps(1, x, of: result.shape[1]).map { tap, position in
        SpikeRun(
          weight: (width - 1 - tap) * outputs, target: position * shape[0], count: outputs)
      }
      return Self.joined(runs.sorted { $0.weight < $1.weight })
    }
    // [groups · O/g, kh · kw, C/g] -> [groups, C/g, kh · kw, O/g]
    let grouped = tensor.mirroredColumns.reshaped(
      [conv.groups, outputs, height * width, groupInputs])
    weight = Buffer(grouped.transposed([0, 3, 2, 1]).scalars())
  }

  private static func joined(_ runs: [SpikeRun]) -> [SpikeRun] {
    runs.reduce(into: []) { result, run in
      if let last = result.last, last.weight + last.count == run.weight,
        last.target + last.count == run.target
      {
        result[result.count - 1] = SpikeRun(
          weight: last.weight, target: last.target, count: last.count + run.count)
      } else {
        result.append(run)
      }
    }
  }

  /// Adds to `current` what the levels of `input` give.
  func scatter(_ input: UnsafePointer<Scalar>, _ current: UnsafeMutablePointer<Scalar>) {
    let groups = operand.shape[2] / groupInputs
    var levels = input
    withUnsafeTemporaryAllocation(of: Int.self, capacity: groupInputs + 1) { active in
      for rowRuns in rows {
        for columnRuns in columns {
          for group in 0..<groups {
            let count = ActiveRows.find(levels, groupInputs, active)
            let weights = weight.pointer + group &* groupInputs &* weightsPerChannel
            for first in stride(from: 0, to: count, by: ActiveRows<Scalar>.most) {
              let some = active[first..<min(first &+ ActiveRows<Scalar>.most, count)]
              ActiveRows(some, levels, weights, weightsPerChannel)
                .add(rowRuns, columnRuns, current + group &* groupOutputs)
            }
            levels += groupInputs
          }
        }
      }
    }
  }
}

extension Tensor {
  /// `[O, kh, kw, C]` weights with the order of kw reversed.
  fileprivate var mirroredColumns: Tensor {
    let (lines, width, channels) = (shape[0] * shape[1], shape[2], shape[3])
    let sources = (0..<lines).flatMap { line in
      (0..<width).reversed().flatMap { x in
        (0..<channels).map { (line * width + x) * channels + $0 }
      }
    }
    switch storage {
    case .f32(let values): return Tensor(shape, sources.map { values[$0] })
    case .i32(let values): return Tensor(shape, integers: sources.map { values[$0] })
    }
  }
}
