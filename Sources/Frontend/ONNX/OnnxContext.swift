import SpikeIR

/// What the builders of operators work on.
struct OnnxContext {
  var builder: NetworkBuilder
  var arrangements = Arrangements()
  /// What the user should know although the model could be read.
  var warnings: [Diagnostic] = []
  private var weightCount = 0

  init(name: String) { builder = NetworkBuilder(name: name) }

  /// The elements of a constant that goes into the network or is computed with.
  ///
  /// - Throws: a `Diagnostic` if the model's constants together exceed every network's.
  mutating func floats(
    _ constant: OnnxConstant, _ transposition: MatrixTransposition? = nil
  ) throws -> [Float] {
    try reserve(constant.count)
    return try constant.floats(transposition)
  }

  /// Counts elements that are about to be held in memory.
  mutating func reserve(_ count: Int) throws {
    guard count <= OnnxTensor.largestCount - weightCount else {
      throw Diagnostic("the model has more weights than \(OnnxTensor.largestCount)")
    }
    weightCount += count
  }

  /// A value whose node has one axis per group of atoms.
  mutating func arranged(_ value: OnnxValue, _ groups: [[Atom]]) throws -> OnnxValue {
    var result = value
    result.node = try arrangements.arrange(value, groups, &builder)
    result.order = groups.flatMap { $0 }
    return result
  }

  /// A node on a value's node, with its axes and order.
  mutating func map(
    _ value: OnnxValue, _ parameters: any OperationParameters, _ suffix: String = ""
  ) throws -> OnnxValue {
    var result = value
    result.node = try builder.add(suffix, parameters, value.node)
    return result
  }

  /// The node that holds a value as ONNX has it, without the batch: what an output is.
  mutating func plain(_ value: OnnxValue, dropsFirst: Bool) throws -> NodeID {
    var axes = value.axes.filter { $0.batch == nil }
    if dropsFirst, value.batchAxis == nil, axes.count > 1, axes[0].extent == 1 {
      axes.removeFirst()
    }
    return try arrangements.arrange(value, axes.map(\.atoms), &builder)
  }

  /// A value under another shape; elements move only where the shape cuts across their order.
  ///
  /// - Throws: a `Diagnostic` if the shape has another number of elements or mixes samples.
  mutating func reshape(_ value: OnnxValue, to shape: [Int], _ call: OnnxCall) throws -> OnnxValue {
    guard let count = elementCount(shape), count == value.shape.reduce(1, *) else {
      throw call.diagnostic("gives a value of shape \(value.shape) the shape \(shape)")
    }
    if let result = arrangements.reshape(value, to: shape) { return result }
    var whole = value
    whole.node = try arrangements.arrange(value, [value.plainOrder], &builder)
    whole.order = arrangements.atoms(value.order.extent)
    let batch = value.axes.filter { $0.batch != nil }
    // Where the batch is not in front, samples lie interleaved.
    whole.axes = batch + [OnnxAxis(whole.order)]
    guard value.batchAxis ?? 0 == 0, let result = arrangements.reshape(whole, to: shape) else {
      throw call.diagnostic(
        "mixes the samples of a batch: it gives a value of shape \(value.shape), whose axis"
          + " \(value.batchAxis ?? 0) is the batch, the shape \(shape)",
        notes: ["export the model for a batch of one"])
    }
    return result
  }

  /// The number of elements of a shape; nil if there are none, or more than any value has.
  func elementCount(_ shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow, product <= NetworkBuilder.largestValue * 1024 else {
        return nil
      }
      count = product
    }
    return count
  }
}
