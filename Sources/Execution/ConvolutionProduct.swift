import SpikeIR

/// A convolution without its bias as matrix products over unrolled windows (im2col), for each group
/// of some lines of the result.
struct ConvolutionProduct<Number: MatrixElement>: Sendable {
  private let operand: TensorType
  private let result: TensorType
  private let groups: Int
  /// The inputs of one window.
  private let depth: Int
  private let isPointwise: Bool
  /// `[O][kh · kw · C/g]`, row-major.
  private let weight: [Number]
  private let unrolling: WindowUnrolling

  /// About how many bytes are unrolled for one product: they stay in a core's cache, and are still
  /// so many that OpenBLAS reads the weights, which it copies for each product, seldom.
  private static var tileSize: Int { 1 << 20 }

  /// - Parameter weight: `[O][kh · kw · C/g]`.
  init(
    _ window: Window2D, _ operand: TensorType, _ result: TensorType, groups: Int, _ weight: [Number]
  ) {
    self.operand = operand
    self.result = result
    self.groups = groups
    self.weight = weight
    depth = window.area * operand.shape[2] / groups
    isPointwise =
      window.area == 1 && window.stride == [1, 1] && window.padding == [0, 0, 0, 0] && groups == 1
    unrolling = WindowUnrolling(window, operand, result, groups: groups)
  }

  /// Adds the currents of `count` samples to `y`.
  func add(_ x: UnsafePointer<Number>, count: Int, to y: UnsafeMutablePointer<Number>) {
    let (height, width) = (result.shape[0], result.shape[1])
    let lines = count * height
    guard !isPointwise else { return multiply(x, 0, rows: lines * width, to: y) }
    let lineBytes = width * depth * MemoryLayout<Number>.stride
    let tile = min(lines, max(1, ConvolutionProduct.tileSize / lineBytes))
    withUnsafeTemporaryAllocation(of: Number.self, capacity: tile * width * depth) { tileMemory in
      let columns = tileMemory.baseAddress!
      for first in stride(from: 0, to: lines, by: tile) {
        let part = first..<min(first + tile, lines)
        for group in 0..<groups {
          for line in part {
            unrolling.write(
              line % height, of: x + line / height * operand.count, group: group,
              to: columns + (line - first) * width * depth)
          }
          multiply(
            columns, group, rows: part.count * width, to: y + first * width * result.shape[2])
        }
      }
    }
  }

  /// y[rows × O/g] += columns[rows × depth] · weightᵀ for one group.
  private func multiply(
    _ columns: UnsafePointer<Number>, _ group: Int, rows: Int, to y: UnsafeMutablePointer<Number>
  ) {
    let outputs = result.shape[2] / groups
    weight.withUnsafeBufferPointer { weight in
      Number.addProduct(
        rows: rows, columns: outputs, depth: depth, columns,
        weight.baseAddress! + group * outputs * depth, to: y + group * outputs,
        pitch: result.shape[2])
    }
  }
}
