import SpikeExecution
import SpikeIR

/// The constants of one population or read-out, spread to one length.
struct CNeurons {
  let period: Int
  let bias: [Int32]
  let threshold: [Int32]
  let start: [Int32]
  let unit: Int
  /// How they fire, if they are a population.
  let kind: Neuron?

  /// The constants of a fire or read-out node. Traps on any other.
  init(_ node: Node, _ graph: Graph) {
    let ids: (bias: ConstantID?, threshold: ConstantID?, start: ConstantID?)
    switch node.operation {
    case .fire(let fire):
      ids = (fire.bias, fire.threshold, fire.start)
      unit = 1 << fire.fractionBits
      kind = fire.neuron
    case .readOut(let readOut):
      ids = (readOut.bias, nil, nil)
      unit = 1 << readOut.fractionBits
      kind = nil
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
      .decode:
      preconditionFailure("only populations and read-outs have neurons")
    }
    let lists = [ids.bias, ids.threshold, ids.start].map { id in
      id.map { graph.constants[$0].integers } ?? [0]
    }
    let period = max(lists.map(\.count).max() ?? 1, node.type.channels)
    let spread = lists.map { list in (0..<period).map { list[$0 % list.count] } }
    self.period = period
    (bias, threshold, start) = (spread[0], spread[1], spread[2])
  }

  /// A neuron as a value of `spikec_neuron`; nil for the generic one, which has kernels of its own.
  static func literal(_ neuron: Neuron) -> String? {
    guard neuron != .generic else { return nil }
    let numbers = [
      neuron.reset == .zero ? 1 : 0, neuron.comparison == .exceeded ? 1 : 0, neuron.spikes,
      neuron.floor == nil ? 0 : 1, neuron.floor ?? 0,
    ]
    return "(spikec_neuron){" + numbers.map(String.init).joined(separator: ", ") + "}"
  }

  /// What a neuron takes up in `timesteps` timesteps without any current, modulo 2^32.
  func base(timesteps: Int) -> [Int32] {
    zip(start, bias).map { $0 &+ $1 &* Int32(timesteps) }
  }

  /// So much below 1 / θ that the kernels' estimate of a quotient below 2^20 is never above it, and
  /// less than 1 below it, whatever single-precision arithmetic rounds.
  var inverse: [Float] {
    threshold.map { Float((1 - 0x1p-21) / Double($0)) }
  }
}

extension CPlan {
  /// Whether populations step that are not of the generic neuron.
  var hasOtherNeurons: Bool {
    schedule == .pipelined
      && graph.nodes.contains {
        if case .fire(let fire) = $0.operation { fire.neuron != .generic } else { false }
      }
  }
}

/// The fan-out of a spike source, one number per run of equal elements.
struct CFanOut {
  let values: [Int]
  let run: Int

  init(_ counts: [Int], channels: Int) {
    func isEven(_ run: Int) -> Bool {
      counts.indices.allSatisfy { counts[$0] == counts[$0 / run * run] }
    }
    if isEven(counts.count) {
      run = counts.count
    } else {
      run = channels > 1 && isEven(channels) ? channels : 1
    }
    values = stride(from: 0, to: counts.count, by: run).map { counts[$0] }
  }
}
