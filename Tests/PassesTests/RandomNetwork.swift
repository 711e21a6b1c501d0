import SpikeIR
import TestSupport

/// A random CNN of the analog stage: layers in any order that their shapes allow, values that are
/// used more than once, linear and rectified, and one or two heads.
struct RandomNetwork {
  private var net: Network
  private var numbers: Numbers
  private var values: [NodeID] = []

  /// The same network for the same seed.
  static func graph(seed: UInt64) throws -> Graph {
    var network = try RandomNetwork(seed: seed)
    return try network.build()
  }

  private init(seed: UInt64) throws {
    numbers = Numbers(seed: seed)
    net = try Network(input: [6, 5, 3], seed: seed + 1)
    values = [net.last]
  }

  private mutating func pick(_ count: Int) -> Int { Int(numbers.next() % UInt64(count)) }

  /// One of the last values.
  private mutating func recent() -> NodeID { values[values.count - 1 - pick(min(3, values.count))] }

  private func type(_ id: NodeID) -> TensorType { net.graph[id].type }

  private mutating func build() throws -> Graph {
    if pick(3) == 0 {
      values = [
        try net.scale("norm", by: [2, 0.5, 4], plus: pick(2) == 0 ? [0.5, -0.25, 1] : nil)
      ]
    }
    for layer in 0..<(4 + pick(12)) { try grow("n\(layer)") }
    let first = try net.classify("head", 4, on: values.last!)
    if pick(3) == 0 {
      net.graph.outputs = [first, try net.classify("head2", 3, on: recent())]
    }
    net.graph.removeDeadNodes()
    return net.graph
  }

  private mutating func grow(_ name: String) throws {
    let id = recent()
    switch pick(14) {
    case 0, 1, 2: try convolve(name, id)
    case 3: values.append(try net.norm(name, on: id))
    case 4, 5: values.append(try net.relu(name, on: id))
    case 6: values.append(try net.relu(name, ceiling: 0.5 + Double(pick(12)) / 2, on: id))
    case 7: try pool(name, id)
    case 8, 9: try add(name, id)
    case 10: try join(name, id)
    case 11: values.append(try net.add(name, Pad(padding: [pick(2), 1, 0, pick(2)]), on: [id]))
    case 12:
      let slopes = (0..<(pick(2) == 0 ? 1 : type(id).channels)).map { Float($0 + 1) * 0.15 }
      let slope = net.graph.constant([slopes.count], slopes)
      values.append(try net.add(name, LeakyReLU(slope: slope), on: [id]))
    default:
      if pick(3) == 0 {
        values.append(try net.add(name, Transpose(permutation: [1, 0, 2]), on: [id]))
      } else {
        let rectified = try net.relu(name + ".relu", on: id)
        let window = Window2D(kernel: [2, 2], stride: [1, 1 + pick(2)], padding: [0, 1, 1, 0])
        values.append(try net.add(name, MaxPool(window), on: [rectified]))
      }
    }
  }

  private mutating func convolve(_ name: String, _ id: NodeID) throws {
    let channels = type(id).channels
    let groups = pick(3) == 0 ? channels : 1
    let kernel = [1 + pick(3), 1 + pick(2)]
    values.append(
      try net.conv(
        name, groups == 1 ? 2 + pick(4) : channels * (1 + pick(2)), kernel,
        stride: [1, 1], padding: pick(2) == 0 ? [1, 1, 1, 1] : [kernel[0] - 1, 0, 0, 1],
        groups: groups, on: id))
    if pick(2) == 0 { values.append(try net.relu(name + ".relu")) }
  }

  private mutating func pool(_ name: String, _ id: NodeID) throws {
    let padding = pick(2) == 0 ? [0, 0, 0, 0] : [1, 0, 0, 1]
    let window = Window2D(kernel: [2, 2], stride: [1 + pick(2), 1], padding: padding)
    guard type(id).shape[0] > 1, type(id).shape[1] > 1 else { return }
    values.append(try net.add(name, AveragePool(window, countsPadding: pick(2) == 0), on: [id]))
  }

  /// With a value of the same shape, perhaps itself, or with a convolution of it.
  private mutating func add(_ name: String, _ id: NodeID) throws {
    let others = values.filter { type($0) == type(id) }
    if pick(2) == 0 {
      let branch = try net.conv(name + ".branch", type(id).channels, on: id)
      values.append(try net.add(name, Add(), on: [id, branch]))
    } else {
      values.append(try net.add(name, Add(), on: [id, others[pick(others.count)]]))
    }
  }

  private mutating func join(_ name: String, _ id: NodeID) throws {
    if pick(4) == 0 {
      values.append(try net.add(name, Concat(axis: pick(2)), on: [id, id]))
      return
    }
    let others = values.filter { type($0).shape[..<2] == type(id).shape[..<2] }
    let other = others[pick(others.count)]
    guard type(id).channels + type(other).channels <= 12 else { return }
    values.append(try net.add(name, Concat(axis: 2), on: [other, id]))
  }
}
