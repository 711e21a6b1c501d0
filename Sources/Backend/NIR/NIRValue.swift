import SpikeIR

/// What a node of a graph has become in a NIR file.
struct NIRValue {
  /// The nodes of the file whose values are added.
  var sources: [String]
  /// For each element of the file's value in row-major order, its index in the graph's value.
  var order: [Int]
  /// The file's extents: `[C, H, W]`, or `[N]`.
  var shape: [Int]
  /// Whether it is the input, moved about but not yet used: then `order` leads to the sample.
  var isInput = false

  /// A value of the graph channels first: `[H, W, C]` as `[C, H, W]`.
  init(_ type: TensorType, sources: [String]) {
    self.sources = sources
    if type.shape.count == 3 {
      order = Tensor.transposedIndices(type.shape, [2, 0, 1])
      shape = [2, 0, 1].map { type.shape[$0] }
    } else {
      order = Array(0..<type.count)
      shape = type.shape
    }
  }
}
