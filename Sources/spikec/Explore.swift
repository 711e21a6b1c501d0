import ArgumentParser
import Foundation
import SpikeExecution
import SpikeIR
import SpikePasses
import SpikeReport

struct Explore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write an HTML page of the network before and after every pass.",
    discussion: """
      The page needs nothing but a browser: nodes side by side with what changed, the constants' statistics, and how \
      long each pass took.
      """)

  @OptionGroup var network: NetworkOptions
  @OptionGroup var coding: CodingOptions

  @Option(help: "How many timesteps an inference takes (T).")
  var timesteps: Int = 64

  @Option(help: "layerwise or pipelined; by default as the target's neurons can.")
  var schedule: Schedule?

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The page to write.", valueName: "file.html"))
  var output: String

  mutating func validate() throws {
    guard (1...65535).contains(timesteps) else {
      throw ValidationError("--timesteps must be from 1 to 65535, not \(timesteps)")
    }
    guard output.hasSuffix(".html") || output.hasSuffix(".htm") else {
      throw ValidationError("a page ends with .html, not like '\(output)'")
    }
  }

  func run() throws {
    try OutputPath.checkFile(output)
    let schedule = try network.schedule(schedule)
    let model = try Network(network.model)
    let recorder = StageRecorder(producer: model.producer)
    _ = try model.compiled(
      network, coding, schedule, timesteps: timesteps, observers: [recorder])
    let name = URL(fileURLWithPath: network.model.model).lastPathComponent
    let title = "\(name), \(schedule.rawValue), T = \(timesteps)"
    try OutputPath.write(ExplorerPage(recorder.stages, title: title).html, to: output)
    Console.note("wrote \(output)")
  }
}

/// Keeps the graph after every pass.
private final class StageRecorder: PassObserver {
  private let producer: String
  private(set) var stages: [ExplorerStage] = []

  init(producer: String) { self.producer = producer }

  func willStart(_ graph: Graph) {
    stages.append(
      ExplorerStage(title: "import", summary: "Made by \(producer).", seconds: 0, graph: graph))
  }

  func willRun(_ run: PassRun, index: Int, _ graph: Graph) {}

  func didRun(_ run: PassRun, index: Int, before: Graph, after: Graph, took: Duration) {
    let seconds = Double(took.components.attoseconds) * 1e-18 + Double(took.components.seconds)
    stages.append(
      ExplorerStage(
        title: run.text, summary: run.pass.summary, seconds: seconds, graph: after))
  }
}
