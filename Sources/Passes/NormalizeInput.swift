import SpikeIR

extension Pass {
  /// Lets the network take raw data: puts `(x / scale - mean) / std` behind the input.
  ///
  ///     %image = input   ->   %image = input; %v = diagonal %image {weight = 1/(scale·std), ...}
  static let normalizeInput = Pass(
    name: "normalize-input",
    summary: "Lets the network take raw data: (x / scale - mean) / std behind the input.",
    options: [
      PassOption("scale", "1", "what raw values are divided by, such as 255"),
      PassOption("mean", "0", "1 number, or one per channel, separated by ':'"),
      PassOption("std", "1", "1 number, or one per channel, separated by ':'"),
    ],
    preserves: .changesMeaning("the network takes raw data instead of scaled data")
  ) { graph, context in
    let scale = try context.arguments.real("scale", in: 1e-30...1e30)
    let mean = try context.arguments.reals("mean")
    let std = try context.arguments.reals("std")
    guard !std.isEmpty, !mean.isEmpty, std.allSatisfy({ $0 > 0 }) else {
      throw Diagnostic("--std must be above 0")
    }
    if scale == 1 && mean == [0] && std == [1] { return }
    for input in graph.inputs { try insert(input, scale, mean, std, in: &graph) }
  }
}

private func insert(
  _ input: NodeID, _ scale: Double, _ mean: [Double], _ std: [Double], in graph: inout Graph
) throws {
  let node = graph[input]
  let axis = try channelAxis(node.type, max(mean.count, std.count))
  let count = max(mean.count, std.count)
  let weight = (0..<count).map { Float(1 / (scale * std[$0 % std.count])) }
  let bias = (0..<count).map { Float(-mean[$0 % mean.count] / std[$0 % std.count]) }
  func constant(_ name: String, _ values: [Float]) -> ConstantID {
    let full = axis.map { spread(values, node.type, $0) } ?? values
    let short = Scale(full).simplified(node.type)
    return graph.constants.add("\(node.name).\(name)", Tensor(short.shape(node.type), short.values))
  }
  let diagonal = Diagonal(
    weight: constant("scaling", weight),
    bias: bias.allSatisfy { $0 == 0 } ? nil : constant("offset", bias))
  let position = graph.order.firstIndex(of: input)! + 1
  let scaled = try graph.add(
    "\(node.name).normalized", diagonal, [input], origin: node.origin,
    before: position < graph.order.count ? graph.order[position] : nil)
  graph.replaceUses(of: input, with: scaled, except: scaled)
}

/// The axis that has as many elements as there are numbers: the last, or the first of three.
private func channelAxis(_ type: TensorType, _ count: Int) throws -> Int? {
  if count == 1 { return nil }
  if type.shape.last == count { return type.shape.count - 1 }
  if type.shape.count == 3, type.shape[0] == count { return 0 }
  throw Diagnostic("--mean and --std have \(count) numbers, which fits no axis of \(type)")
}

/// One number per element, from one per index of `axis`.
private func spread(_ values: [Float], _ type: TensorType, _ axis: Int) -> [Float] {
  let inner = type.shape[(axis + 1)...].reduce(1, *)
  return (0..<type.count).map { values[$0 / inner % values.count] }
}
