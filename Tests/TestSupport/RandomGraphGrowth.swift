import SpikeIR

/// The kinds of operations that a random graph is made of.
extension RandomSpikingGraph {
  /// Puts some operations of one kind behind the last value, which has 4 channels again.
  mutating func grow(_ name: String) throws {
    let extents = graph[graph.last].type.shape[..<2]
    guard extents.allSatisfy({ $0 > 2 }) else {
      try graph.append(name, Pad(padding: [1, 2, 2, 1]))
      return
    }
    switch numbers.next() % 13 {
    case 0: try convolve(name, groups: pick(1, 2, 4))
    case 1: try graph.append(name, MaxPool(window()))
    case 2 where isSmall: try graph.append(name, SumPool(window()))
    case 3: try graph.append(name, Pad(padding: [1, 0, 0, 2]))
    case 4: try graph.append(name, Transpose(permutation: [1, 0, 2]))
    case 5: try moveCurrents(name)
    case 6: try useTwice(name)
    case 7 where isSmall: try useWideWeights(name)
    case 8: try changeChannels(name)
    case 9: try joinChannels(name)
    case 10: try joinCurrents(name)
    case 11: try turnChannels(name)
    default: try addShortcut(name)
    }
  }

  /// A residual block, whose sum has a sum and the same value twice among its operands.
  private mutating func addShortcut(_ name: String) throws {
    let last = graph.last
    var synapse = Diagonal(weight: graph.constant([4], integers: numbers.integers(4, -9...40)))
    synapse.shift = 2
    let shortcut = try graph.append(name + ".shortcut", synapse)
    let kernel = graph.constant([4, 1, 1, 4], integers: numbers.integers(16, -40...40))
    let conv = try graph.append(name + ".conv", Convolution2D(weight: kernel), on: [last])
    switch numbers.next() % 3 {
    case 0: try graph.append(name + ".sum", Add(), on: [shortcut, conv])
    case 1: try graph.append(name + ".sum", Add(), on: [conv, shortcut, conv])
    default:
      let one = try graph.append(
        name + ".one", Diagonal(weight: graph.constant([1], integers: [7])), on: [last])
      let inner = try graph.append(name + ".inner", Add(), on: [one, conv])
      try graph.append(name + ".sum", Add(), on: [shortcut, inner])
    }
    try fire(name)
    guard graph[last].type.element == .spike else { return }
    try graph.append(name + ".joined", Concat(axis: pick(0, 1)), on: [graph.last, last])
  }

  /// Currents that are padded, summed, transposed and reshaped before they reach neurons.
  private mutating func moveCurrents(_ name: String) throws {
    let type = graph[graph.last].type
    let kernel = graph.constant([4, 1, 1, 4], integers: numbers.integers(16, -40...40))
    try graph.append(name + ".conv", Convolution2D(weight: kernel))
    switch numbers.next() % 4 {
    case 0:
      try graph.append(name + ".pad", Pad(padding: [0, 1, 2, 0]))
      try graph.append(name + ".turn", Transpose(permutation: [1, 0, 2]))
    case 1: try graph.append(name + ".pool", SumPool(window()))
    case 2: try graph.append(name + ".turn", Transpose(permutation: [1, 0, 2]))
    default:
      let shape = [type.shape[1], type.shape[0], type.shape[2]]
      try graph.append(name + ".shape", Reshape(), type: TensorType(.current, shape))
    }
    try fire(name)
  }

  /// Two synapses with the same weights.
  private mutating func useTwice(_ name: String) throws {
    let kernel = graph.constant([4, 3, 1, 4], integers: numbers.integers(48, -40...50))
    let conv = Convolution2D(weight: kernel, padding: [1, 0, 1, 0])
    try graph.append(name + ".a", conv)
    try fire(name)
    try graph.append(name + ".b", conv)
    try fire(name + ".again")
  }

  /// Weights that need 16 or 32 bits.
  private mutating func useWideWeights(_ name: String) throws {
    let largest = pick(30000, 100000)
    let kernel = graph.constant(
      [4, 2, 1, 2], integers: numbers.integers(16, -largest...largest))
    try graph.append(
      name + ".conv", Convolution2D(weight: kernel, padding: [1, 0, 0, 0], groups: 2))
    try fire(name, thresholds: 50000...200000)
  }

  private mutating func kernel(_ shape: [Int]) -> ConstantID {
    graph.constant(shape, integers: numbers.integers(shape.reduce(1, *), -40...50))
  }

  /// More channels, a synapse by depth, and back through one that may pass over inputs.
  private mutating func changeChannels(_ name: String) throws {
    let (channels, groups, stride) = (pick(6, 10), pick(1, 2), pick(1, 2))
    try graph.append(
      name + ".wide", Convolution2D(weight: kernel([channels, 1, 2, 4 / groups]), groups: groups))
    try fire(name + ".many")
    let depth = kernel([channels, 2, 2, 1])
    try graph.append(
      name + ".depth", Convolution2D(weight: depth, padding: [0, 1, 1, 1], groups: channels))
    try fire(name + ".deep")
    try graph.append(
      name + ".narrow",
      Convolution2D(weight: kernel([4, 1, 1, channels]), stride: [stride, stride]))
    try fire(name)
  }

  /// Spikes and levels beside each other.
  private mutating func joinChannels(_ name: String) throws {
    let last = graph.last
    let other = try graph.append(
      name + ".level", SumPool(Window2D(kernel: [1, 1], stride: [1, 1])))
    try graph.append(
      name + ".join", Concat(axis: 2), on: pick([last, other], [other, last, last]))
    let channels = graph[graph.last].type.channels
    try graph.append(name + ".conv", Convolution2D(weight: kernel([4, 1, 1, channels])))
    try fire(name)
  }

  /// Currents beside each other, which one population takes.
  private mutating func joinCurrents(_ name: String) throws {
    let last = graph.last
    let a = try graph.append(name + ".a", Convolution2D(weight: kernel([4, 1, 1, 4])))
    let b = try graph.append(
      name + ".b", Diagonal(weight: graph.constant([4], integers: numbers.integers(4, -9...60))),
      on: [last])
    try graph.append(name + ".join", Concat(axis: pick(0, 1)), on: [a, b, a])
    try fire(name)
  }

  /// Channels that change places with height, and rows behind each other as a sequence.
  private mutating func turnChannels(_ name: String) throws {
    let type = graph[graph.last].type
    try graph.append(name + ".turn", Transpose(permutation: [2, 0, 1]))
    try graph.append(name + ".back", Transpose(permutation: [1, 2, 0]))
    let length = type.shape[0] * type.shape[1]
    try graph.append(
      name + ".rows", Reshape(), type: TensorType(type.element, [length, 1, 4]))
    try graph.append(
      name + ".conv", Convolution2D(weight: kernel([4, 3, 1, 4]), padding: [1, 0, 1, 0]))
    try fire(name + ".row")
    try graph.append(name, Reshape(), type: type.with(.spike))
  }
}
