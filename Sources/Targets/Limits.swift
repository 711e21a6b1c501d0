/// What the networks of a target may hold. Without arguments: everything that this compiler has.
public struct Limits: Sendable, Equatable {
  /// Whether windows of spikes can be summed and their maximum taken.
  public var sumPooling = true
  /// Whether the maximum of a window can be taken.
  public var maxPooling = true
  /// Whether pooling windows may reach over the border.
  public var paddedPooling = true
  /// Whether convolutions may have groups, depthwise ones among them.
  public var groups = true
  /// Whether populations can be joined; if not, each gets synapses of its own.
  public var concatenation = true
  /// Whether several synapses may drive one population, as a residual connection needs.
  public var sums = true
  /// Whether a convolution may be padded on one side more than on the other.
  public var asymmetricPadding = true
  /// Whether a current can be scaled element by element without a convolution.
  public var diagonals = true
  /// Whether neurons may have a bias current.
  public var bias = true
  /// Whether weights may be negative.
  public var negativeWeights = true
  /// How thresholds may differ.
  public var thresholds = Thresholds.perNeuron
  /// The bits of a weight, sign included; nil for 32-bit floats.
  public var weightBits: Int?
  /// The bits in which sums and membranes must be exact, sign left out.
  public var stateBits = 31
  /// The largest kernel of a convolution, rows or columns.
  public var largestKernel: Int?
  /// The strides that a convolution may have.
  public var strides: [Int]?
  /// The pooling windows there are, rows and columns.
  public var poolingKernels: [Int]?
  /// The most channels of a value.
  public var channels: Int?
  /// The most rows or columns of a value.
  public var extent: Int?
  /// The most synapses that end in one neuron.
  public var fanIn: Int?
  /// The most populations, read-out included.
  public var populations: Int?
  /// Which order of layers there is.
  public var order = Order.any

  /// How thresholds may differ.
  public enum Thresholds: String, Sendable {
    /// Each neuron has its own.
    case perNeuron = "per neuron"
    /// All are 1; weights are divided by what they were.
    case one = "1"
    /// All are 1, and the weights of one layer are whole multiples of one number.
    case onePerLayer = "1, one grid a layer"
  }

  /// Orders of layers.
  public enum Order: String, Sendable {
    /// Any.
    case any
    /// Each layer is a convolution or a matrix, a population and at most one sum pooling.
    case synapseFirePool = "synapse, population, pooling"
  }

  /// Everything that a graph of this compiler can hold.
  public init() {}

  /// What readers take that follow a single path from input to output: NIR without sums of several
  /// synapses. nirtorch's `GraphExecutor` visits a node before all of its sources are there.
  public static var nirChain: Limits {
    var limits = nir
    limits.sums = false
    return limits
  }

  /// What every reader of NIR takes: convolutions without groups, sum pooling without padding,
  /// matrices, neurons of threshold 1, in 32-bit floats.
  public static var nir: Limits {
    var limits = Limits()
    limits.maxPooling = false
    limits.paddedPooling = false
    limits.groups = false
    limits.concatenation = false
    limits.asymmetricPadding = false
    limits.diagonals = false
    limits.thresholds = .one
    limits.stateBits = 24
    return limits
  }
}
