import HDF5
import SpikeIR
import SpikeTargets

/// What a file that this compiler wrote says of its network beyond NIR: the neuron, how a sample
/// becomes levels, and what an output stands for. Other files say nothing.
struct NirMaker {
  /// How a sample becomes levels.
  struct Coding {
    var coding: Encode.Coding
    /// In the order of the sample, whose shape it has.
    var offset: Tensor
    var step: Tensor
    var low: Int
    var high: Int
    var seed: Int
    /// For each element of the file's input, its index in the sample.
    var order: [Int]
  }

  /// What runs in populations; nil for what NIR says.
  private(set) var neuron: Neuron?
  private(set) var coding: Coding?
  /// What a count, or a unit of an accumulated current, is worth.
  private(set) var outputScale: Tensor?

  /// Reads a graph's metadata.
  ///
  /// - Throws: a `Diagnostic` if it names a target that does not exist, an `HDF5Error` if what it
  ///   holds has another type than this compiler writes.
  init(_ graph: HDF5Group) throws {
    guard graph.exists("metadata/producer"), graph.exists("metadata/target") else { return }
    let group = try graph.group("metadata")
    func text(_ key: String) throws -> String {
      try group.dataset(key).readStrings().first ?? ""
    }
    guard try text("producer") == "spikec" else { return }
    neuron = try Target.named(text("target")).neuron
    func floats(_ key: String) throws -> Tensor {
      let dataset = try group.dataset(key)
      return Tensor(dataset.shape, try dataset.read(as: Float.self))
    }
    func integers(_ key: String) throws -> [Int] {
      try group.dataset(key).read(as: Int64.self).map { Int($0) }
    }
    if group.exists("output_scale") { outputScale = try floats("output_scale") }
    guard group.exists("input_coding"), group.exists("input_order"),
      let coding = Encode.Coding(rawValue: try text("input_coding"))
    else { return }
    self.coding = Coding(
      coding: coding, offset: try floats("input_offset"), step: try floats("input_step"),
      low: try integers("input_low").first ?? 0, high: try integers("input_high").first ?? 1,
      seed: group.exists("input_seed") ? try integers("input_seed").first ?? 0 : 0,
      order: try integers("input_order"))
  }
}

extension NirContext {
  /// The input that the file's maker describes, one of `shape` in the file; nil where it describes
  /// none, or where its order is more than that of channels.
  mutating func describedInput(_ shape: [Int]) throws -> NirSignal? {
    guard let coding = maker.coding, coding.offset.shape == coding.step.shape,
      !coding.offset.shape.isEmpty, coding.order.count == shape.reduce(1, *),
      coding.offset.count == coding.order.count
    else { return nil }
    let sample = coding.offset.shape
    let isTurned =
      sample.count == 3 && coding.order == Tensor.transposedIndices(sample, [2, 0, 1])
      && shape == [sample[2], sample[0], sample[1]]
    guard isTurned || coding.order == Array(coding.order.indices) else { return nil }
    let input = try builder.add("", Input(), shape: sample)
    func constant(_ name: String, _ tensor: Tensor) -> ConstantID {
      let scale = Scale(tensor.floats).simplified(TensorType(.f32, sample))
      return builder.constant(name, scale.shape(TensorType(.f32, sample)), scale.values)
    }
    let spikes = try builder.add(
      "spikes",
      Encode(
        coding.coding, offset: constant("offset", coding.offset),
        step: constant("step", coding.step), low: coding.low, high: coding.high,
        seed: coding.seed),
      input)
    if isTurned { return NirSignal(value: Value(node: spikes, layout: Layout(order: [1, 2, 0]))) }
    let signal = NirSignal(value: Value(node: spikes, layout: .plain(sample.count)))
    return try reshaped(signal, to: shape)
  }
}
