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
}
