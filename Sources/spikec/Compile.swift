import ArgumentParser
import Foundation
import SpikeBackend
import SpikeExecution
import SpikeIR
import SpikePasses
import SpikeReport
import SpikeSerialization
import SpikeTargets

struct Compile: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compile a network to standalone C, to a netlist, or to an IR file.")

  @OptionGroup var network: NetworkOptions
  @OptionGroup var coding: CodingOptions
  @OptionGroup var ir: IROptions
  @OptionGroup var output: OutputOptions

  @Option(help: "How many timesteps an inference takes (T).")
  var timesteps: Int = 64

  @Option(
    help: """
      layerwise: counts, without a time loop (what generic neurons do by default); pipelined: all populations step \
      together.
      """)
  var schedule: Schedule?

  @Option(
    help: """
      What to write: c (a folder), nir (a netlist, .nir), sonata (a folder with every neuron and synapse, for NEST), \
      ir (a text with its weights) or dot (a drawing for Graphviz).
      """)
  var emit: Emission = .c

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The folder (c, sonata) or file (nir, ir) to write.", valueName: "path"))
  var outputPath: String?

  @OptionGroup var stimuli: StimulusOptions

  @Option(help: "The prefix of all names in the C; by default the output's name.")
  var name: String?

  @Option(
    help: ArgumentHelp(
      "What the outputs stand for, a name a line, for the metadata (nir).", valueName: "file"))
  var classNames: String?

  enum Emission: String, ExpressibleByArgument, CaseIterable {
    case c, nir, sonata, ir, dot

    /// What it is called in messages, if only whole compilations give it.
    var title: String? {
      switch self {
      case .c: "C"
      case .nir: "NIR"
      case .sonata: "SONATA"
      case .ir, .dot: nil
      }
    }
  }

  mutating func validate() throws {
    guard (1...65535).contains(timesteps) else {
      throw ValidationError("--timesteps must be from 1 to 65535, not \(timesteps)")
    }
    guard let outputPath else {
      if ir.showsSomething { return }
      throw ValidationError("name what to write with -o, such as -o out/net")
    }
    if let form = emit.title {
      if ir.stopAfter != nil {
        throw ValidationError("--stop-after leaves no network to emit as \(form); give --emit ir")
      }
      if network.precision == .float {
        throw ValidationError("\(form) is made of exact integers: leave out --precision float")
      }
    }
    if emit == .nir {
      if network.target == "generic" { network.target = "nir" }
      if !outputPath.hasSuffix(".nir") {
        throw ValidationError("a NIR file ends with .nir, not like '\(outputPath)'")
      }
    }
    if emit == .sonata, network.target == "generic" { network.target = "nest" }
    if stimuli.stimuli != nil, emit != .sonata {
      throw ValidationError("--stimuli is for --emit sonata")
    }
    if classNames != nil, emit != .nir {
      throw ValidationError("--class-names is for --emit nir")
    }
    if emit == .ir, !outputPath.hasSuffix(".spk") {
      throw ValidationError("an IR file ends with .spk, not like '\(outputPath)'")
    }
    if emit == .dot, !outputPath.hasSuffix(".dot"), !outputPath.hasSuffix(".gv") {
      throw ValidationError("a drawing for Graphviz ends with .dot, not like '\(outputPath)'")
    }
  }

  func run() throws {
    if let outputPath {
      try isFolder ? OutputPath.checkFolder(outputPath) : OutputPath.checkFile(outputPath)
    }
    try output.check()
    let classNames = try classNames.map { try ClassNames.read($0) } ?? []
    let model = try Network(network.model)
    let schedule = try model.schedule(schedule, network)
    let graph = try model.compiled(
      network, coding, schedule, timesteps: timesteps, stopAfter: ir.stopAfter,
      observers: ir.observers())
    guard let outputPath else { return }
    var tables: [Table] = []
    switch emit {
    case .ir:
      try IRFile.write(graph, to: outputPath)
    case .nir:
      let target = try Target.named(network.target)
      guard target.formats.contains(.nir) else {
        throw Diagnostic(
          "target '\(target.name)' takes no NIR files", notes: ["see spikec targets"])
      }
      try NIRTarget(graph, target: target, timesteps: timesteps, classNames: classNames)
        .write(to: outputPath)
    case .dot:
      try OutputPath.write(GraphvizText.make(graph), to: outputPath)
    case .c:
      let prefix = name ?? URL(fileURLWithPath: outputPath).lastPathComponent
      let levels = schedule == .pipelined ? try model.meanLevels(graph, network, timesteps) : [:]
      let target = try CTarget(
        graph, name: prefix, schedule: schedule, timesteps: timesteps, meanLevels: levels)
      try target.write(to: outputPath)
      tables.append(Compile.memoryTable(target.memory))
    case .sonata:
      try stimuli.writeSonata(graph, of: model, timesteps: timesteps, to: outputPath)
    }
    if graph.facts.contains(.quantized) {
      try output.show([PopulationTable.make(graph)] + tables)
    }
    Console.note("wrote \(outputPath)")
  }

  private var isFolder: Bool { emit == .c || emit == .sonata }

  private static func memoryTable(_ memory: CMemory) -> Table {
    var table = Table("memory", [.init("part", "memory of the C"), .init("bytes", "bytes")])
    table.add([.text("constants"), .integer(memory.constants)])
    table.add([.text("state"), .integer(memory.state)])
    table.add([.text("stack <="), .integer(memory.stack)])
    return table
  }
}

extension Schedule: ExpressibleByArgument {}
