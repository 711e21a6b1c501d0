import SpikeIR

/// A synapse's weights, laid out so that one spike adds contiguous runs of currents.
///
/// An enum and no protocol: only so are the loops compiled for the numbers they run on.
enum SpikeSynapse<Scalar: SpikeScalar>: Sendable {
  case convolution(SpikeConvolution<Scalar>)
  case dense(SpikeDense<Scalar>)
  case diagonal(SpikeDiagonal<Scalar>)
  /// Something that adds to currents what levels give, and takes as long for levels of 0.
  case product(@Sendable (UnsafePointer<Scalar>, UnsafeMutablePointer<Scalar>) -> Void)

  /// Adds to `current` what the levels of `input` give. Zero levels cost nothing, but in products.
  func scatter(_ input: UnsafePointer<Scalar>, _ current: UnsafeMutablePointer<Scalar>) {
    switch self {
    case .convolution(let synapse): synapse.scatter(input, current)
    case .dense(let synapse): synapse.scatter(input, current)
    case .diagonal(let synapse): synapse.scatter(input, current)
    case .product(let add): add(input, current)
    }
  }
}

/// Adds `level · row` to a run of currents.
@inline(__always)
func addRow<Scalar: SpikeScalar>(
  _ level: Scalar, _ row: UnsafePointer<Scalar>, _ target: UnsafeMutablePointer<Scalar>,
  _ count: Int
) {
  if level == 1 {
    // A spike: spared the multiplication, which is slow for integers on older processors.
    for o in 0..<count { target[o] = target[o].adding(row[o]) }
  } else {
    for o in 0..<count { target[o] = target[o].adding(level, times: row[o]) }
  }
}

/// A dense synapse; weights `[I][O]`.
struct SpikeDense<Scalar: SpikeScalar>: Sendable {
  private let weight: Buffer<Scalar>
  private let inputs: Int
  private let outputs: Int

  init(_ dense: Dense, _ graph: Graph) {
    let tensor = graph.constants[dense.weight]
    (outputs, inputs) = (tensor.shape[0], tensor.shape[1])
    weight = Buffer(tensor.transposed([1, 0]).scalars())
  }

  func scatter(_ input: UnsafePointer<Scalar>, _ current: UnsafeMutablePointer<Scalar>) {
    for i in 0..<inputs where input[i] != 0 {
      addRow(input[i], weight.pointer + i &* outputs, current, outputs)
    }
  }
}

/// A diagonal synapse; weights repeat over the elements.
struct SpikeDiagonal<Scalar: SpikeScalar>: Sendable {
  private let weight: Buffer<Scalar>
  private let count: Int

  init(_ diagonal: Diagonal, _ type: TensorType, _ graph: Graph) {
    weight = Buffer(graph.constants[diagonal.weight].scalars())
    count = type.count
  }

  func scatter(_ input: UnsafePointer<Scalar>, _ current: UnsafeMutablePointer<Scalar>) {
    for i in 0..<count {
      current[i] = current[i].adding(input[i], times: weight.pointer[i % weight.count])
    }
  }
}

extension Tensor {
  /// The values as the numbers that the network is computed with.
  func scalars<Scalar: SpikeScalar>() -> [Scalar] {
    switch storage {
    case .f32(let values): values.map { Scalar(weight: $0) }
    case .i32(let values): values.map { Scalar(integer: $0) }
    }
  }

  /// The values, repeated or as they are, one for each of `count` elements.
  func scalars<Scalar: SpikeScalar>(spreadOver count: Int) -> [Scalar] {
    let short: [Scalar] = scalars()
    return (0..<count).map { short[$0 % short.count] }
  }
}
