import SpikeIR

/// Writes the windows of a convolution as rows of a matrix (im2col).
struct WindowUnrolling: Sendable {
  private let window: Window2D
  private let operand: TensorType
  /// The input channels of a group.
  private let channels: Int
  /// What one line of a window takes from the operand, for each position of a line of the result.
  private let runs: [Run]
  /// How many of the runs belong to each position.
  private let runCounts: [Int]

  /// Adjacent numbers: where they begin in the operand's line and in the window's, and how many.
  private struct Run {
    let source: Int
    let target: Int
    var count: Int
  }

  init(_ window: Window2D, _ operand: TensorType, _ result: TensorType, groups: Int) {
    self.window = window
    self.operand = operand
    let channels = operand.shape[2] / groups
    self.channels = channels
    let runs = (0..<result.shape[1]).map { position in
      let start = position * window.stride[1] - window.padding[1]
      return (0..<window.kernel[1]).reduce(into: [Run]()) { runs, tap in
        let column = start + tap * window.dilation[1]
        guard column >= 0, column < operand.shape[1] else { return }
        let run = Run(source: column * operand.shape[2], target: tap * channels, count: channels)
        if let last = runs.last, last.source + last.count == run.source,
          last.target + last.count == run.target
        {
          runs[runs.count - 1].count += channels
        } else {
          runs.append(run)
        }
      }
    }
    self.runs = runs.flatMap { $0 }
    runCounts = runs.map(\.count)
  }

  /// Writes the windows of a line of the result: `[positions][kh][kw][channels]`.
  func write<Number: Numeric>(
    _ line: Int, of sample: UnsafePointer<Number>, group: Int,
    to columns: UnsafeMutablePointer<Number>
  ) {
    var target = columns
    runs.withUnsafeBufferPointer { runs in
      var first = 0
      for count in runCounts {
        let runs = UnsafeBufferPointer(rebasing: runs[first..<first + count])
        writeWindow(line, of: sample + group &* channels, runs, to: target)
        target += window.area &* channels
        first += count
      }
    }
  }

  private func writeWindow<Number: Numeric>(
    _ line: Int, of sample: UnsafePointer<Number>, _ runs: UnsafeBufferPointer<Run>,
    to columns: UnsafeMutablePointer<Number>
  ) {
    let length = window.kernel[1] * channels
    let isWhole = runs.count == 1 && runs[0].count == length
    for tap in 0..<window.kernel[0] {
      let target = columns + tap &* length
      let row = line &* window.stride[0] &- window.padding[0] &+ tap &* window.dilation[0]
      let isInside = row >= 0 && row < operand.shape[0]
      if !isInside || !isWhole { target.update(repeating: 0, count: length) }
      guard isInside else { continue }
      let source = sample + row &* operand.shape[1] &* operand.shape[2]
      for run in runs {
        (target + run.target).update(from: source + run.source, count: run.count)
      }
    }
  }
}
