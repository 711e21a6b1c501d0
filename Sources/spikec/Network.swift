import SpikeExecution
import SpikeFrontend
import SpikeIR
import SpikePasses
import SpikeSerialization

/// A network that was read, and what is made of it.
struct Network {
  let imported: Graph
  let producer: String
  private let options: ModelOptions

  /// Reads the model that the options name.
  ///
  /// - Throws: a `Diagnostic` that names the file.
  init(_ options: ModelOptions) throws {
    self.options = options
    let shape = try options.inputShape.map { try NetworkOptions.integers($0, "--input-shape") }
    if options.model.hasSuffix(".spk") {
      imported = try IRFile.read(options.model)
      producer = "an IR dump"
    } else {
      let model = try Importer.load(
        path: options.model, options: ImportOptions(inputShape: shape))
      imported = model.graph
      producer = model.producer
      for warning in model.warnings { Console.warn(warning) }
    }
  }

  /// The type of the network's input.
  func inputType() throws -> TensorType {
    guard imported.inputs.count == 1 else {
      throw Diagnostic(
        "the network has \(imported.inputs.count) inputs; spikec takes networks with one",
        file: options.model)
    }
    return imported[imported.inputs[0]].type
  }

  /// The calibration data that the options name, if they do.
  private func calibration(_ options: NetworkOptions) throws -> CalibrationData? {
    guard let path = options.calibrate else { return nil }
    let data = try Dataset(path, for: inputType())
    return CalibrationData(data.samples, progress: Console.progress)
  }

  /// The CNN that takes raw data.
  func analog(_ options: NetworkOptions) throws -> Graph {
    var graph = imported
    try PassManager(options.inputPipeline(), on: graph.facts).run(&graph, calibration: nil)
    return graph
  }

  /// The graph after the passes that the options ask for.
  func compiled(
    _ options: NetworkOptions, _ coding: CodingOptions, timesteps: Int, stopAfter: String? = nil,
    observers: [any PassObserver] = []
  ) throws -> Graph {
    var graph = imported
    // A dump that is quantised already needs no further pass unless some are named.
    if options.passes == nil, graph.facts.contains(.quantized) { return graph }
    let pipeline = try options.pipeline(timesteps: timesteps, coding)
    try PassManager(pipeline, on: graph.facts, stopAfter: stopAfter)
      .run(&graph, calibration: calibration(options), observers: observers, warn: Console.warn)
    return graph
  }
}
