import ArgumentParser
import SpikeData
import SpikeExecution
import SpikeIR
import SpikeReport

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write what the CNN or the spiking network gives for every input of a file.",
    discussion: """
      --stage analog runs the CNN on inputs as they are (or as --scale, --mean and --std make \
      them); --stage spiking runs the network that --calibrate and the other options make of it.
      The outputs of the spiking network are logits: a softmax at the end is not computed.
      """)

  @OptionGroup var network: NetworkOptions

  @Option(
    name: .customLong("input"),
    help: ArgumentHelp("The inputs (.npz with x, or .npy).", valueName: "file"))
  var inputs: String

  @Option(name: .customLong("coding"), help: "How the input is coded: direct, rate or poisson.")
  var coding: Encode.Coding = .direct

  @Option(help: "The seed of Poisson coding.")
  var seed: Int = 0

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The outputs (.npz): y, and y_1, ... if several.", valueName: "file"))
  var outputs: String

  @Option(help: "analog or spiking.")
  var stage: Stage = .analog

  @Option(help: "How many timesteps an inference takes (T).")
  var timesteps: Int = 64

  @Option(help: "layerwise or pipelined; by default as the target's neurons can.")
  var schedule: Schedule?

  @Option(help: "Use only the first so many inputs.")
  var limit: Int?

  @OptionGroup var execution: ExecutionOptions

  @Flag(
    help: """
      Write what came out at every timestep too, as steps of shape [inputs, T, ...]: spikes, or currents in units of one \
      weight, as NIR files give them (pipelined).
      """)
  var trace = false

  enum Stage: String, ExpressibleByArgument, CaseIterable { case analog, spiking }

  mutating func validate() throws {
    guard (1...65535).contains(timesteps) else {
      throw ValidationError("--timesteps must be from 1 to 65535, not \(timesteps)")
    }
    if trace, stage != .spiking || schedule == .layerwise {
      throw ValidationError("--trace goes with --stage spiking and --schedule pipelined")
    }
    if let limit, limit < 1 { throw ValidationError("--limit must be above 0, not \(limit)") }
  }

  /// `--input` names a file here, so the coding has a name of its own.
  private var codingOptions: CodingOptions {
    var options = CodingOptions()
    options.coding = coding
    options.seed = seed
    return options
  }

  func run() throws {
    try OutputPath.checkFile(outputs)
    guard !outputs.hasSuffix(".npy") else {
      throw Diagnostic(
        "outputs are written as an .npz archive", file: outputs,
        notes: ["name it \(outputs.dropLast())z; the array in it is y"])
    }
    let model = try Network(network.model)
    let samples = try Dataset(inputs, limit: limit, for: model.inputType()).samples
    let counter = ProgressCounter(stage.rawValue, samples.count)
    let graph: Graph
    let values: [[Float]]
    var traces: [(name: String, array: NDArray)] = []
    switch stage {
    case .analog:
      graph = try model.analog(network)
      values = try AnalogExecutor(graph).run(samples, progress: counter.add)
    case .spiking:
      let schedule = try model.schedule(trace ? .pipelined : schedule, network)
      graph = try model.compiled(network, codingOptions, schedule, timesteps: timesteps)
      if trace { traces = try traced(SpikingInterpreter(graph), samples, graph) }
      let results = try execution.executor(graph).run(
        samples, schedule, checkpoints: [timesteps], progress: counter.add)
      values = graph.outputs.indices.map { output in
        results.flatMap { $0[0].outputs[output].map { Float($0) } }
      }
    }
    let arrays = zip(graph.outputs, values).enumerated().map { index, output in
      (
        name: index == 0 ? "y" : "y_\(index)",
        array: NDArray(output.1, shape: [samples.count] + graph[output.0].type.shape)
      )
    }
    do {
      try NPZArchive.write(arrays + traces, to: outputs)
    } catch let error as DataError {
      throw Diagnostic(error.description)
    }
  }

  private func traced(_ interpreter: SpikingInterpreter, _ samples: DatasetSamples, _ graph: Graph)
    throws -> [(name: String, array: NDArray)]
  {
    let traces = try interpreter.trace(samples, timesteps: timesteps)
    return graph.outputs.indices.map { output in
      let values = traces.flatMap { $0[output].map { Float($0) } }
      let shape = [samples.count, timesteps] + graph[graph.outputs[output]].type.shape
      return (output == 0 ? "steps" : "steps_\(output)", NDArray(values, shape: shape))
    }
  }
}
