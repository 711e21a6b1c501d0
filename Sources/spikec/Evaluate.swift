import ArgumentParser
import Foundation
import SpikeExecution
import SpikeIR
import SpikePasses
import SpikeReport

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare the CNN with the spiking network on labelled data, for several T.")

  @OptionGroup var network: NetworkOptions
  @OptionGroup var coding: CodingOptions
  @OptionGroup var execution: ExecutionOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("Labelled inputs (.npz with x and y).", valueName: "data"))
  var data: String

  @Option(help: "The numbers of timesteps, separated by commas.")
  var timesteps: String = "16,64,256"

  @Option(help: "layerwise, pipelined or both; by default as the target's neurons can.")
  var schedule: Schedules?

  @Option(help: "Use only the first so many inputs.")
  var limit: Int?

  @Flag(help: "Switch off each of ECC's techniques in turn, and print what it is worth.")
  var ablation = false

  @Flag(help: "Print the spikes of every population.")
  var populations = false

  @Flag(help: "Print what each layer gets wrong and why, and name the layer at fault.")
  var layers = false

  @Option(
    help: ArgumentHelp(
      "What an operation costs: 45nm, loihi, or a JSON file with your own numbers.",
      valueName: "name or file"))
  var energy: String = "45nm"

  @Option(
    help: ArgumentHelp(
      "Draw accuracy and energy over T, or with --layers the errors of the layers.",
      valueName: "file.svg"))
  var plot: String?

  enum Schedules: String, ExpressibleByArgument, CaseIterable {
    case layerwise, pipelined, both

    var list: [Schedule] {
      switch self {
      case .layerwise: [.layerwise]
      case .pipelined: [.pipelined]
      case .both: [.layerwise, .pipelined]
      }
    }
  }

  mutating func validate() throws {
    _ = try checkpoints()
    if let limit, limit < 1 { throw ValidationError("--limit must be above 0, not \(limit)") }
    if ablation, layers || plot != nil {
      throw ValidationError("--ablation has no plot and no --layers: give them one at a time")
    }
    if let plot, !plot.hasSuffix(".svg") {
      throw ValidationError("a plot ends with .svg, not like '\(plot)'")
    }
  }

  private func checkpoints() throws -> [Int] {
    let list = try NetworkOptions.integers(timesteps, "--timesteps")
    guard list.allSatisfy({ (1...65535).contains($0) }) else {
      throw ValidationError("--timesteps must be from 1 to 65535, not \(timesteps)")
    }
    return list
  }

  func run() throws {
    try output.check()
    if let plot { try OutputPath.checkFile(plot) }
    let checkpoints = try checkpoints()
    let energy = try EnergyModel(named: energy)
    let model = try Network(network.model)
    let schedules =
      try schedule.map { try $0.list.map { try model.schedule($0, network) } }
      ?? [model.schedule(nil, network)]
    let dataset = try Dataset(
      data, limit: limit, for: model.inputType(), isLabelled: true)
    guard let labels = dataset.labels else {
      throw Diagnostic("it holds no labels (an array y)", file: data)
    }
    let evaluation = Evaluation(dataset.samples, labels: labels)
    let count = dataset.samples.count
    let counter = ProgressCounter("CNN", count)
    let analog = try model.analog(network)
    let correct: Int
    do {
      correct = try evaluation.analog(analog, progress: counter.add)
    } catch let diagnostic as Diagnostic {
      throw diagnostic.inFile(data)
    }
    let accuracy = 100 * Double(correct) / Double(count)
    let run = EvaluationRun(
      model: model, coding: coding, execution: execution,
      evaluation: evaluation, samples: count, accuracy: accuracy,
      operations: model.imported.nodes.reduce(0) {
        $0 + $1.multiplyAccumulates(in: model.imported)
      },
      checkpoints: checkpoints, schedules: schedules, energy: energy)
    print(
      "\(count) inputs, CNN accuracy \(accuracy.fixed(2)) %, "
        + "\(run.operations.grouped) multiply-accumulates per input\n")
    let facts: [(String, JSON)] = [
      ("inputs", .integer(count)), ("cnn_accuracy", .number(accuracy)),
      ("cnn_multiply_accumulates", .integer(run.operations)),
      ("energy_model", .string(energy.summary)),
    ]
    if ablation {
      try output.show([run.ablation(network)], facts: facts)
    } else if layers {
      try showLayers(run, dataset.samples, labels, facts)
    } else {
      try showFindings(run, facts)
    }
  }

  private var title: String {
    "\(URL(fileURLWithPath: network.model.model).lastPathComponent), "
      + "\(URL(fileURLWithPath: data).lastPathComponent)"
  }

  private func showFindings(_ run: EvaluationRun, _ facts: [(String, JSON)]) throws {
    let findings = try run.findings(network)
    var tables = [run.table(findings)]
    if populations { tables.append(run.populationTable(findings)) }
    try output.show(tables, facts: facts)
    print("Energy by \(run.energy.summary).")
    if let plot {
      try OutputPath.write(run.plot(findings, title: title), to: plot)
    }
  }

  private func showLayers(
    _ run: EvaluationRun, _ samples: DatasetSamples, _ labels: [Int], _ facts: [(String, JSON)]
  ) throws {
    let anatomies = try run.anatomies(network, samples, labels: labels)
    let verdicts = anatomies.map { AnatomyReport($0).verdict }
    try output.show(
      [AnatomyReport.errors(anatomies), AnatomyReport.activity(anatomies)],
      facts: facts + [
        ("verdicts", .array(verdicts.map { .string($0) })),
        ("error_parts", AnatomyReport.parts(anatomies)),
      ])
    for verdict in verdicts { print(verdict) }
    if let plot { try OutputPath.write(AnatomyPlot.draw(anatomies, title: title), to: plot) }
  }
}
