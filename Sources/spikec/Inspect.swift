import ArgumentParser
import SpikeFrontend
import SpikeIR
import SpikeReport

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print what a network consists of, and what each layer becomes as spikes.")

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    try output.check()
    let options = ImportOptions(timeStep: model.timeStep)
    if let summary = try NirSummary.read(path: model.model, options: options) {
      return try show(summary)
    }
    let network = try Network(model)
    let graph = network.imported
    let macs = graph.nodes.reduce(0) { $0 + $1.multiplyAccumulates(in: graph) }
    let parameters = graph.nodes.reduce(0) { $0 + $1.parameterCount(in: graph) }
    print(
      "\(model.model): \(network.producer), \(parameters.grouped) parameters, "
        + "\(macs.grouped) multiply-accumulates per input\n")
    try output.show(
      [LayerTable.make(graph)],
      facts: [
        ("producer", .string(network.producer)), ("parameters", .integer(parameters)),
        ("multiply_accumulates", .integer(macs)),
      ])
  }

  /// Prints what a NIR file holds, and why it cannot be compiled where that is so.
  private func show(_ summary: NirSummary) throws {
    var nodes = Table(
      "nodes",
      [
        .init("name", "node"), .init("type", "type"), .init("shape", "shape"),
        .init("drivers", "from"), .init("parameters", "parameters"),
      ])
    for node in summary.nodes {
      nodes.add([
        .text(node.name), .text(node.type),
        .text(node.shape.map { $0.map(String.init).joined(separator: "x") } ?? "?"),
        .text(node.drivers.joined(separator: ", ")),
        .text(node.parameters.joined(separator: ", ")),
      ])
    }
    var models = Table("models", [.init("type", "type"), .init("model", "what it computes")])
    var seen: Set<String> = []
    for node in summary.nodes where !node.model.isEmpty && seen.insert(node.type).inserted {
      models.add([.text(node.type), .text(node.model)])
    }
    print(
      "\(model.model): \(summary.producer), \(summary.nodes.count) nodes,"
        + " \(summary.edges) edges\n")
    for (key, value) in summary.metadata { print("\(key): \(value)") }
    if !summary.metadata.isEmpty { print("") }
    try output.show(
      seen.isEmpty ? [nodes] : [nodes, models],
      facts: [
        ("producer", .string(summary.producer)),
        ("refusal", summary.refusal.map { .string($0.message) } ?? .null),
      ])
    if let refusal = summary.refusal { print("It cannot be compiled: \(refusal)") }
  }
}
