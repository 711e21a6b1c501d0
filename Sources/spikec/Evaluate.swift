import ArgumentParser
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
    let checkpoints = try checkpoints()
    let schedules =
      try schedule.map { try $0.list.map(network.schedule) } ?? [network.schedule(nil)]
    let model = try Network(network.model)
    let dataset = try Dataset(data, limit: limit, for: model.inputType())
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
      checkpoints: checkpoints, schedules: schedules)
    let tables = ablation ? [try run.ablation(network)] : try run.tables(network, populations)
    print(
      "\(count) inputs, CNN accuracy \(accuracy.fixed(2)) %, "
        + "\(run.operations.grouped) multiply-accumulates per input\n")
    try output.show(
      tables,
      facts: [
        ("inputs", .integer(count)), ("cnn_accuracy", .number(accuracy)),
        ("cnn_multiply_accumulates", .integer(run.operations)),
      ])
  }
}
