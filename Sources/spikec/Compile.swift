import ArgumentParser
import Foundation
import SpikeBackend
import SpikeExecution
import SpikeIR
import SpikePasses
import SpikeReport
import SpikeSerialization

struct Compile: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compile a network to standalone C, or to an IR file.")

  @OptionGroup var network: NetworkOptions
  @OptionGroup var coding: CodingOptions
  @OptionGroup var ir: IROptions
  @OptionGroup var output: OutputOptions

  @Option(help: "How many timesteps an inference takes (T).")
  var timesteps: Int = 64

  @Option(help: "layerwise: counts, without a time loop; pipelined: all populations step together.")
  var schedule: Schedule = .layerwise

  @Option(help: "What to write: c (a folder) or ir (a text with its weights).")
  var emit: Emission = .c

  @Option(name: [.customShort("o"), .long], help: "The folder (c) or file (ir) to write.")
  var outputPath: String?

  @Option(help: "The prefix of all names in the C; by default the output's name.")
  var name: String?

  enum Emission: String, ExpressibleByArgument, CaseIterable { case c, ir }

  mutating func validate() throws {
    guard (1...65535).contains(timesteps) else {
      throw ValidationError("--timesteps must be from 1 to 65535, not \(timesteps)")
    }
  }

  func run() throws {
    let model = try Network(network.model)
    let graph = try model.compiled(
      network, coding, timesteps: timesteps, stopAfter: ir.stopAfter, observers: ir.observers())
    let isWhole = ir.stopAfter == nil
    guard let path = outputPath else {
      guard !isWhole || ir.dumpIR != nil || !ir.printIRAfter.isEmpty || !ir.printIRBefore.isEmpty
      else {
        throw Diagnostic("name what to write with -o", notes: ["such as -o out/net"])
      }
      return
    }
    switch emit {
    case .ir:
      try IRFile.write(graph, to: path)
    case .c:
      guard isWhole else {
        throw Diagnostic("--stop-after leaves no network to emit as C; use --emit ir")
      }
      let prefix = name ?? URL(fileURLWithPath: path).lastPathComponent
      try CTarget(graph, name: prefix, schedule: schedule, timesteps: timesteps).write(to: path)
    }
    if graph.facts.contains(.quantized) { try output.show([PopulationTable.make(graph)]) }
    Console.note("wrote \(path)")
  }
}

extension Schedule: ExpressibleByArgument {}
