import SpikeIR

/// What poolings, joins and paddings do to the spikes and levels of one sample.
extension SpikingState {
  /// Layerwise the maximum of the counts; pipelined the growth of the largest running sum.
  func maxPool(
    _ step: SpikingNetwork<Scalar>.Step, _ operand: Buffer<Scalar>, _ type: TensorType,
    _ window: Window2D, _ value: Buffer<Scalar>
  ) {
    let (sums, largest) = (memory[step.node]!, peaks[step.node]!.pointer)
    addRow(1, operand.pointer, sums.pointer, operand.count)
    var previous = -1
    window.forEachTap(type, network.graph[step.node].type) { target, source, run in
      let (peak, sum) = (value.pointer + target, sums.pointer + source)
      if target == previous {
        for i in 0..<run { peak[i] = max(peak[i], sum[i]) }
      } else {
        peak.update(from: sum, count: run)
      }
      previous = target
    }
    for i in 0..<value.count {
      let peak = value.pointer[i]
      value.pointer[i] = peak.subtracting(largest[i])
      largest[i] = peak
    }
  }

  func join(_ operands: [Buffer<Scalar>], _ runs: [Int], _ value: Buffer<Scalar>) {
    var target = value.pointer
    for row in 0..<operands[0].count / runs[0] {
      for (operand, run) in zip(operands, runs) {
        target.update(from: operand.pointer + row * run, count: run)
        target += run
      }
    }
  }

  func pad(
    _ operand: Buffer<Scalar>, _ type: TensorType, _ padding: [Int], _ value: Buffer<Scalar>,
    _ id: NodeID
  ) {
    let run = type.shape[1] * type.shape[2]
    let outWidth = network.graph[id].type.shape[1]
    for y in 0..<type.shape[0] {
      let target = ((y + padding[0]) * outWidth + padding[1]) * type.shape[2]
      (value.pointer + target).update(from: operand.pointer + y * run, count: run)
    }
  }
}
