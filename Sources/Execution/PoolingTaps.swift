import SpikeIR

extension Window2D {
  /// The operand's indices along `axis` that an undilated window at `position` covers.
  func covered(_ axis: Int, _ position: Int, of extent: Int) -> Range<Int> {
    let start = position * stride[axis] - padding[axis]
    return max(start, 0)..<min(start + kernel[axis], extent)
  }

  /// Calls `body` with target offset, source offset and run length for every tap of a pooling.
  func forEachTap(
    _ operand: TensorType, _ result: TensorType, _ body: (Int, Int, Int) -> Void
  ) {
    let channels = operand.shape[2]
    for oy in 0..<result.shape[0] {
      for ox in 0..<result.shape[1] {
        let target = (oy * result.shape[1] + ox) * channels
        for iy in covered(0, oy, of: operand.shape[0]) {
          for ix in covered(1, ox, of: operand.shape[1]) {
            body(target, (iy * operand.shape[1] + ix) * channels, channels)
          }
        }
      }
    }
  }
}
