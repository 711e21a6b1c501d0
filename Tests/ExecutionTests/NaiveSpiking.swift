import SpikeIR

/// A second, plain statement of what spiking graphs mean: every value gathered from its
/// definition at every timestep, and a layerwise population that fires one spike after another.
struct NaiveSpiking {
  let graph: Graph
  /// Spikes, or counts layerwise, of each node after the last step.
  private(set) var values: [NodeID: [Int]] = [:]
  private var charges: [NodeID: [Int]] = [:]
  private var sums: [NodeID: [Int]] = [:]
  /// What each population has sent at every timestep so far.
  private var sent: [NodeID: [[Int]]] = [:]

  init(_ graph: Graph) { self.graph = graph }

  /// The accumulators of read-outs and the counts of decoded values.
  func accumulator(_ id: NodeID) -> [Int] { charges[id] ?? [] }

  /// One timestep on levels of the input, or with `timesteps` the whole run on their sums.
  mutating func step(_ levels: [Int], layerwise timesteps: Int? = nil) {
    for node in graph.nodes {
      let operands = node.operands.map { values[$0] ?? [] }
      values[node.id] = evaluate(node, operands, levels, timesteps)
    }
  }

  private mutating func evaluate(
    _ node: Node, _ operands: [[Int]], _ levels: [Int], _ timesteps: Int?
  ) -> [Int] {
    let types = graph.operandTypes(of: node.id)
    switch node.operation {
    case .input: return []
    case .encode: return levels
    case .conv2d(let p):
      return naiveConvolution(
        operands[0].map { Float($0) }, types[0].shape, graph.constants[p.weight], p,
        result: node.type.shape
      ).map { Int($0) << p.shift }
    case .dense(let p):
      let weights = graph.constants[p.weight].integers
      return (0..<node.type.count).map { o in
        operands[0].indices.reduce(0) {
          $0 + operands[0][$1] * Int(weights[o * types[0].count + $1])
        }
          << p.shift
      }
    case .diagonal(let p):
      let weights = graph.constants[p.weight].integers
      return operands[0].indices.map {
        operands[0][$0] * Int(weights[$0 % weights.count]) << p.shift
      }
    case .add: return operands[0].indices.map { i in operands.reduce(0) { $0 + $1[i] } }
    case .reshape: return operands[0]
    case .transpose(let p):
      return Tensor.transposedIndices(types[0].shape, p.permutation).map { operands[0][$0] }
    case .concat(let p): return concat(operands, p.axis, types)
    case .pad(let p): return pad(operands[0], p.padding, types[0].shape, node.type.shape)
    case .sumPool(let p):
      return pool(operands[0], p.window, types[0].shape, node.type.shape).map { $0.reduce(0, +) }
    case .maxPool(let p):
      let before = sums[node.id]
      let after = before.map { zip($0, operands[0]).map { $0 + $1 } } ?? operands[0]
      sums[node.id] = after
      let largest = pool(after, p.window, types[0].shape, node.type.shape).map { $0.max()! }
      guard let before else { return largest }
      let old = pool(before, p.window, types[0].shape, node.type.shape).map { $0.max()! }
      return zip(largest, old).map { $0 - $1 }
    case .fire(let p): return fire(node, p, operands[0], timesteps)
    case .readOut(let p):
      let bias = numbers(p.bias, node.type.count)
      let old = charges[node.id] ?? bias.map { _ in 0 }
      charges[node.id] = old.indices.map {
        old[$0] + operands[0][$0] << p.fractionBits + bias[$0] * (timesteps ?? 1)
      }
      return []
    case .decode:
      charges[node.id] = zip(charges[node.id] ?? operands[0].map { _ in 0 }, operands[0])
        .map { $0 + $1 }
      return []
    case .batchNorm, .relu, .leakyRelu, .activation, .averagePool:
      preconditionFailure("no spiking operation")
    }
  }

  private func numbers(_ id: ConstantID?, _ count: Int) -> [Int] {
    let values = id.map { graph.constants[$0].integers } ?? [0]
    return (0..<count).map { Int(values[$0 % values.count]) }
  }

  private mutating func fire(_ node: Node, _ p: Fire, _ current: [Int], _ timesteps: Int?) -> [Int]
  {
    let (bias, threshold) = (numbers(p.bias, current.count), numbers(p.threshold, current.count))
    var charge = charges[node.id] ?? numbers(p.start, current.count)
    var spikes = current.map { _ in 0 }
    for i in current.indices {
      charge[i] += current[i] << p.fractionBits + bias[i] * (timesteps ?? 1)
      let before = charge[i]
      while p.neuron.comparison == .reached ? charge[i] >= threshold[i] : charge[i] > threshold[i],
        spikes[i] < (timesteps ?? 1) * p.neuron.spikes
      {
        charge[i] -= threshold[i]
        spikes[i] += 1
      }
      if p.neuron.reset == .zero { charge[i] = spikes[i] > 0 ? 0 : before }
      if let floor = p.neuron.floor { charge[i] = max(charge[i], floor * threshold[i]) }
    }
    charges[node.id] = charge
    let train = (sent[node.id] ?? []) + [spikes]
    sent[node.id] = train
    let due = train.count - 1 - p.neuron.delay
    return due >= 0 ? train[due] : spikes.map { _ in 0 }
  }

  private func concat(_ operands: [[Int]], _ axis: Int, _ types: [TensorType]) -> [Int] {
    (0..<types[0].shape[..<axis].reduce(1, *)).flatMap { row in
      zip(operands, types).flatMap { operand, type in
        let run = type.shape[axis...].reduce(1, *)
        return operand[row * run..<(row + 1) * run]
      }
    }
  }

  private func pad(_ x: [Int], _ padding: [Int], _ shape: [Int], _ result: [Int]) -> [Int] {
    var padded = [Int](repeating: 0, count: result.reduce(1, *))
    for y in 0..<shape[0] {
      for column in 0..<shape[1] {
        for c in 0..<shape[2] {
          padded[((y + padding[0]) * result[1] + column + padding[1]) * shape[2] + c] =
            x[(y * shape[1] + column) * shape[2] + c]
        }
      }
    }
    return padded
  }

  /// The elements of each window that are no padding.
  private func pool(_ x: [Int], _ window: Window2D, _ shape: [Int], _ result: [Int]) -> [[Int]] {
    var windows: [[Int]] = []
    for oy in 0..<result[0] {
      for ox in 0..<result[1] {
        for c in 0..<result[2] {
          var elements: [Int] = []
          for ky in 0..<window.kernel[0] {
            for kx in 0..<window.kernel[1] {
              let y = oy * window.stride[0] - window.padding[0] + ky
              let column = ox * window.stride[1] - window.padding[1] + kx
              guard (0..<shape[0]).contains(y), (0..<shape[1]).contains(column) else { continue }
              elements.append(x[(y * shape[1] + column) * shape[2] + c])
            }
          }
          windows.append(elements)
        }
      }
    }
    return windows
  }
}
