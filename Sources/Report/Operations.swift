import SpikeIR

extension Node {
  /// The multiply-accumulates that the node takes per sample in the CNN; 0 for what has no weights.
  public func multiplyAccumulates(in graph: Graph) -> Int {
    switch operation {
    case .conv2d(let conv):
      let shape = graph.constants[conv.weight].shape
      return type.count * shape[1] * shape[2] * shape[3]
    case .dense(let dense): return graph.constants[dense.weight].count
    case .diagonal: return type.count
    case .input, .batchNorm, .relu, .leakyRelu, .activation, .averagePool, .sumPool, .maxPool,
      .add, .concat, .reshape, .transpose, .pad, .encode, .fire, .readOut, .decode:
      return 0
    }
  }

  /// The number of trained parameters that the node holds.
  public func parameterCount(in graph: Graph) -> Int {
    operation.constants.reduce(0) { $0 + graph.constants[$1.id].count }
  }
}

/// What one operation costs, after a named source.
public struct EnergyModel: Sendable {
  /// The name and the source.
  public let name: String
  /// Picojoules of one multiply-accumulate of the CNN.
  public let multiplyAccumulate: Double
  /// Picojoules of one synaptic operation: adding a weight to a membrane.
  public let synapticOperation: Double

  /// 32-bit floats in 45 nm: 3.7 pJ a multiplication, 0.9 pJ an addition.
  ///
  /// Source: Horowitz 2014, doi 10.1109/ISSCC.2014.6757323.
  public static let horowitz45nm = EnergyModel(
    name: "45 nm, Horowitz 2014", multiplyAccumulate: 4.6, synapticOperation: 0.9)

  /// Microjoules of a CNN's multiply-accumulates.
  public func analog(_ operations: Int) -> Double { Double(operations) * multiplyAccumulate * 1e-6 }

  /// Microjoules of a spiking run: synaptic operations, and the direct input's products, which
  /// are multiply-accumulates.
  public func spiking(synaptic: Double, inputOperations: Int) -> Double {
    (synaptic * synapticOperation + Double(inputOperations) * multiplyAccumulate) * 1e-6
  }
}
