import COpenBLAS
import Foundation
import SpikeIR

/// How the inputs of each synapse vary together: what its current makes of errors in its weights.
public struct InputMoments: Sendable {
  /// The covariance of one group's inputs.
  public struct Covariance: Sendable {
    /// `[size × size]`, row-major, per timestep; only the upper triangle is filled.
    public let values: [Float]
    /// The number of inputs: those of a filter's row.
    public let size: Int
    /// How many windows it was taken from.
    public let windows: Int
  }

  /// For each convolution and dense synapse, one covariance per group.
  public let covariances: [NodeID: [Covariance]]

  /// How many windows are looked at for each input of a filter's row.
  private static let windowsPerInput = 4
  private static let fewestWindows = 2048

  /// Runs a graph of the spiking stage with float weights layerwise on all samples.
  ///
  /// - Throws: a `Diagnostic` if the samples do not fit or the graph is of another stage.
  public static func measure(_ graph: Graph, _ source: some SampleSource, timesteps: Int) throws
    -> InputMoments
  {
    let network = try SpikingNetwork<Double>(graph)
    var watched: [NodeID: [WindowCollector]] = [:]
    for node in graph.nodes {
      guard let collector = WindowCollector(node, graph) else { continue }
      watched[node.operands[0], default: []].append(collector)
    }
    let collectors = watched
    _ = Parallel.map(count: source.count, chunkSize: 8) { range in
      let state = SpikingState(network, nil)
      let samples = source.read(range)
      for number in range {
        let start = (number - range.lowerBound) * source.elementCount
        let sample = Array(samples[start..<start + source.elementCount])
        state.watch(sample, number: number, .layerwise, timesteps: timesteps) { id, values in
          for collector in collectors[id] ?? [] {
            let wanted = max(windowsPerInput * collector.size, fewestWindows)
            collector.add(
              values, number: number, most: max(1, wanted / source.count),
              perStep: 1 / Float(timesteps))
          }
        }
      }
    }
    return InputMoments(
      covariances: Dictionary(
        uniqueKeysWithValues: watched.values.flatMap { $0 }.map { ($0.node, $0.covariances) }))
  }
}

/// Sums up the windows of one synapse's input; shared by all threads.
private final class WindowCollector: @unchecked Sendable {
  let node: NodeID
  /// The number of inputs of a filter's row.
  let size: Int
  private let window: Window2D
  private let operand: TensorType
  private let positions: [Int]
  private let groups: Int
  private let lock = NSLock()
  private var sums: [[Float]]
  private var products: [[Float]]
  private var windows = 0

  /// A collector for a convolution or dense synapse; nil for any other node.
  init?(_ node: Node, _ graph: Graph) {
    self.node = node.id
    if case .conv2d(let conv) = node.operation {
      let shape = graph.constants[conv.weight].shape
      window = conv.window(graph.constants)
      operand = graph[node.operands[0]].type
      positions = Array(node.type.shape[0...1])
      groups = conv.groups
      size = shape[1] * shape[2] * shape[3]
    } else if case .dense(let dense) = node.operation {
      size = graph.constants[dense.weight].shape[1]
      window = Window2D(kernel: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0])
      operand = TensorType(.f32, [1, 1, size])
      positions = [1, 1]
      groups = 1
    } else {
      return nil
    }
    sums = [[Float]](repeating: [Float](repeating: 0, count: size), count: groups)
    products = [[Float]](repeating: [Float](repeating: 0, count: size * size), count: groups)
  }

  /// Adds at most `most` windows of one sample, spread evenly; other ones for each `number`.
  func add(_ values: UnsafeBufferPointer<Double>, number: Int, most: Int, perStep: Float) {
    let count = positions[0] * positions[1]
    let step = max(1, count / most)
    let chosen = Array(stride(from: number % step, to: count, by: step))
    let rows = (0..<groups).map { group in
      chosen.flatMap { row(values, at: $0, group, perStep) }
    }
    lock.withLock {
      windows += chosen.count
      for group in 0..<groups {
        for start in stride(from: 0, to: rows[group].count, by: size) {
          for i in 0..<size { sums[group][i] += rows[group][start &+ i] }
        }
        cblas_ssyrk(
          CblasRowMajor, CblasUpper, CblasTrans, Int32(size), Int32(chosen.count), 1, rows[group],
          Int32(size), 1, &products[group], Int32(size))
      }
    }
  }

  /// The inputs of one group's filters at one position: `[kh · kw · C/g]`.
  private func row(
    _ values: UnsafeBufferPointer<Double>, at position: Int, _ group: Int, _ perStep: Float
  ) -> [Float] {
    let width = operand.shape[2] / groups
    var row = [Float](repeating: 0, count: size)
    let (oy, ox) = (position / positions[1], position % positions[1])
    for ky in 0..<window.kernel[0] {
      let iy = oy * window.stride[0] - window.padding[0] + ky * window.dilation[0]
      for kx in 0..<window.kernel[1] {
        let ix = ox * window.stride[1] - window.padding[1] + kx * window.dilation[1]
        guard iy >= 0, iy < operand.shape[0], ix >= 0, ix < operand.shape[1] else { continue }
        let source = (iy * operand.shape[1] + ix) * operand.shape[2] + group * width
        let target = (ky * window.kernel[1] + kx) * width
        for c in 0..<width { row[target &+ c] = Float(values[source &+ c]) * perStep }
      }
    }
    return row
  }

  var covariances: [InputMoments.Covariance] {
    (0..<groups).map { group in
      let mean = sums[group].map { $0 / Float(windows) }
      var values = products[group].map { $0 / Float(windows) }
      for i in 0..<size {
        for j in i..<size { values[i &* size &+ j] -= mean[i] * mean[j] }
      }
      return InputMoments.Covariance(values: values, size: size, windows: windows)
    }
  }
}
