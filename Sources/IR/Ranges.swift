/// An interval of whole numbers.
public struct Interval: Hashable, Sendable {
  /// The smallest number.
  public var low: Int64
  /// The largest number.
  public var high: Int64

  /// The numbers from `low` to `high`.
  public init(_ low: Int64, _ high: Int64) {
    self.low = low
    self.high = high
  }

  /// The largest magnitude.
  public var magnitude: Int64 { max(abs(low), abs(high)) }

  /// The smallest interval that holds both.
  func hull(_ other: Interval) -> Interval {
    Interval(min(low, other.low), max(high, other.high))
  }

  /// The interval, widened so that it holds 0: what a tap gives that may lie in the padding.
  var withZero: Interval { hull(Interval(0, 0)) }

  /// Beyond this an interval is not followed: no proof needs to tell such numbers apart.
  private static let limit: Int64 = 1 << 60

  static func + (a: Interval, b: Interval) -> Interval {
    Interval(clamped(a.low + b.low), clamped(a.high + b.high))
  }

  /// The products of all numbers with a factor; beyond 2^60 they saturate.
  public static func * (a: Interval, factor: Int64) -> Interval {
    let (x, y) = (product(a.low, factor), product(a.high, factor))
    return Interval(min(x, y), max(x, y))
  }

  private static func clamped(_ value: Int64) -> Int64 { min(max(value, -limit), limit) }

  private static func product(_ a: Int64, _ b: Int64) -> Int64 {
    let (value, overflows) = a.multipliedReportingOverflow(by: b)
    if overflows { return (a < 0) == (b < 0) ? limit : -limit }
    return clamped(value)
  }
}

/// Bounds on every value of a quantised graph, for any input.
///
/// A spike is 0 or 1 and a level within its coding, so a current per timestep lies between the
/// sums of what its negative and positive weights can give. Over T timesteps a membrane lies
/// between `V(0) + T·min(I + k, 0)` and `V(0) + T·max(I + k, 0)`: firing only moves it towards 0
/// from above. Layerwise totals are the same sums, so one proof covers both schedules. Where a
/// neuron's floor or reset keeps a membrane nearer to 0, the proof uses it. Numbers beyond 2^60
/// saturate.
public struct RangeAnalysis: Sendable {
  /// What one element can be at one timestep, by node: one interval, one per channel, or one per
  /// element.
  private var known: [NodeID: [Interval]] = [:]

  /// An analysis that bounds values as they are asked for, and remembers them.
  public init() {}

  /// What one element of a spike, level or current value can be at one timestep.
  ///
  /// All synapses that it depends on have integer weights.
  public mutating func perStep(_ id: NodeID, _ graph: Graph) -> Interval {
    let intervals = perChannel(id, graph)
    return intervals.reduce(intervals[0]) { $0.hull($1) }
  }

  mutating func perChannel(_ id: NodeID, _ graph: Graph) -> [Interval] {
    if let intervals = known[id] { return intervals }
    let intervals = bound(graph[id], graph)
    known[id] = intervals
    return intervals
  }

  /// What the membranes of a population, or the accumulators of a read-out, can be in T timesteps
  /// if it counts with `fractionBits`, per step bias `bias` and start charge `start`.
  public mutating func membrane(
    _ id: NodeID, _ graph: Graph, timesteps: Int, fractionBits: Int, bias: [Int64],
    start: [Int64]
  ) -> Interval {
    let currents = perChannel(graph[id].operands[0], graph)
    let count = max(currents.count, bias.count, start.count)
    var result = Interval(0, 0)
    for i in 0..<count {
      let k = bias[i % bias.count]
      let current = currents[i % currents.count]
      let step = (current * (1 << Int64(fractionBits))) + Interval(k, k)
      let total = step.withZero * Int64(timesteps)
      result = result.hull(total + Interval(start[i % start.count], start[i % start.count]))
      // A bias may cancel a current, but the current is summed on its own first.
      result = result.hull(current.withZero * Int64(timesteps))
    }
    return result
  }

  /// As above, with the population's own constants.
  public mutating func membrane(_ id: NodeID, _ graph: Graph, timesteps: Int) -> Interval {
    func integers(_ id: ConstantID?) -> [Int64] {
      id.map { graph.constants[$0].integers.map(Int64.init) } ?? [0]
    }
    switch graph[id].operation {
    case .fire(let fire):
      let range = membrane(
        id, graph, timesteps: timesteps, fire.neuron, fractionBits: fire.fractionBits,
        threshold: integers(fire.threshold), bias: integers(fire.bias),
        start: integers(fire.start))
      return range.hull(Interval(0, integers(fire.threshold).max() ?? 0))
    case .readOut(let readOut):
      return membrane(
        id, graph, timesteps: timesteps, fractionBits: readOut.fractionBits,
        bias: integers(readOut.bias),
        start: [0])
    case .input, .conv2d, .dense, .diagonal, .batchNorm, .relu, .leakyRelu, .activation,
      .averagePool, .sumPool, .maxPool, .add, .concat, .reshape, .transpose, .pad, .encode,
      .decode:
      preconditionFailure("only populations and read-outs have membranes")
    }
  }

  private mutating func bound(_ node: Node, _ graph: Graph) -> [Interval] {
    switch node.operation {
    case .encode(let encode):
      return [
        encode.coding == .direct
          ? Interval(Int64(encode.low), Int64(encode.high)) : Interval(0, 1)
      ]
    case .fire(let fire): return [Interval(0, Int64(fire.neuron.spikes))]
    case .conv2d, .dense, .diagonal: return synapse(node, graph)
    case .add: return sum(node, graph)
    case .sumPool(let pool):
      return channels(of: node.operands[0], graph).map { $0.withZero * Int64(pool.window.area) }
    case .maxPool: return [perStep(node.operands[0], graph)]
    case .pad: return [perStep(node.operands[0], graph).withZero]
    case .concat, .reshape, .transpose:
      let all = node.operands.map { perStep($0, graph) }
      return [all.reduce(all[0]) { $0.hull($1) }]
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .readOut, .decode:
      return [Interval(0, 0)]
    }
  }

  /// One interval, or one per channel, where `perChannel` may have one per element.
  private mutating func channels(of id: NodeID, _ graph: Graph) -> [Interval] {
    let all = perChannel(id, graph)
    let count = graph[id].type.channels
    guard all.count > count else { return all }
    return (0..<count).map { channel in
      stride(from: channel, to: all.count, by: count).reduce(all[channel]) { $0.hull(all[$1]) }
    }
  }

  private mutating func synapse(_ node: Node, _ graph: Graph) -> [Interval] {
    guard let synapse = node.operation.parameters as? any Synapse else { return [] }
    let operand = perStep(node.operands[0], graph).withZero
    let weight = graph.constants[synapse.weight]
    let values = weight.integers
    var result: [Interval]
    if case .diagonal = node.operation {
      result = values.map { operand * Int64($0) }
    } else {
      let rows = weight.shape[0]
      let length = values.count / rows
      result = (0..<rows).map { row in
        var positive: Int64 = 0
        var negative: Int64 = 0
        for value in values[row * length..<(row + 1) * length] {
          if value > 0 { positive += Int64(value) } else { negative += Int64(value) }
        }
        return operand * positive + operand * negative
      }
    }
    result = result.map { $0 * (1 << Int64(synapse.shift)) }
    return result
  }

  private mutating func sum(_ node: Node, _ graph: Graph) -> [Interval] {
    let lists = node.operands.map { perChannel($0, graph) }
    let count = lists.map(\.count).max() ?? 1
    return (0..<count).map { i in
      lists.reduce(Interval(0, 0)) { $0 + $1[i % $1.count] }
    }
  }
}
