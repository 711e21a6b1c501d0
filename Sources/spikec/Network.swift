import SpikeExecution
import SpikeFrontend
import SpikeIR
import SpikePasses
import SpikeSerialization
import Synchronization

/// Calibration data by their file, each of which is read once.
private final class CalibrationCache: Sendable {
  private let known = Mutex<[String: CalibrationData]>([:])

  func data(_ path: String, read: () throws -> CalibrationData) throws -> CalibrationData {
    try known.withLock { known in
      if let data = known[path] { return data }
      let data = try read()
      known[path] = data
      return data
    }
  }
}

/// A network that was read, and what is made of it.
struct Network {
  let imported: Graph
  let producer: String
  private let options: ModelOptions
  private let calibrations = CalibrationCache()

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
        path: options.model,
        options: ImportOptions(inputShape: shape, timeStep: options.timeStep))
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

  /// Whether the network was read as a spiking one.
  var isNetlist: Bool { imported.facts.contains(.spiking) && imported.history.isEmpty }

  /// When populations fire: as asked, or else as the neurons of the target, or of the file, can.
  ///
  /// - Throws: a `Diagnostic` if they cannot fire as asked.
  func schedule(_ asked: Schedule?, _ options: NetworkOptions) throws -> Schedule {
    guard isNetlist, let special = imported.specialPopulation else {
      return try options.schedule(asked)
    }
    guard asked != .layerwise else {
      throw Diagnostic(
        "its neurons have no layerwise schedule: the order of spikes matters to them",
        file: options.model.model, origin: special.origin,
        notes: ["leave out --schedule, or use --schedule pipelined"])
    }
    return .pipelined
  }

  /// The calibration data that the options name, if they do.
  private func calibration(_ options: NetworkOptions) throws -> CalibrationData? {
    guard let path = options.calibrate else { return nil }
    return try calibrations.data(path) {
      let data = try Dataset(path, for: inputType())
      guard data.samples.holdsNonzero else {
        throw Diagnostic("its inputs are all zero: they say nothing about activations", file: path)
      }
      return CalibrationData(data.samples, progress: Console.progress)
    }
  }

  /// The CNN that takes raw data.
  ///
  /// - Throws: a `Diagnostic` that names the file if it is a dump of a spiking network.
  func analog(_ options: NetworkOptions) throws -> Graph {
    guard !imported.facts.contains(.spiking) else {
      throw Diagnostic(
        "is a spiking network already: there is no CNN in it to run", file: options.model.model,
        notes: ["give the trained model, or an earlier dump"])
    }
    var graph = imported
    try PassManager(options.inputPipeline().remaining(for: graph), on: graph.facts)
      .run(&graph, calibration: nil)
    return graph
  }

  /// What compilations for several schedules and T have in common: the graph as it comes to the
  /// choice of scales, and what the CNN does on the calibration data.
  struct Prepared {
    let graph: Graph
    let calibration: CalibrationData
    /// The passes that led there.
    let passes: [String]

    init(graph: Graph, calibration: CalibrationData, passes: [String]) {
      (self.graph, self.calibration, self.passes) = (graph, calibration, passes)
    }

    /// Runs the passes of a pipeline up to the choice of scales, and the CNN on the data; nil where
    /// nothing is left to choose, or nothing comes before.
    init?(_ imported: Graph, _ calibration: CalibrationData, _ pipeline: Pipeline) throws {
      let pipeline = try pipeline.remaining(for: imported)
      guard let end = pipeline.runs.firstIndex(where: { $0.pass.name == "normalize-currents" }),
        end > 0
      else { return nil }
      var graph = imported
      try PassManager(pipeline, on: graph.facts, stopAfter: pipeline.runs[end - 1].pass.name)
        .run(&graph, calibration: calibration, warn: Console.warn)
      self.init(
        graph: graph, calibration: try calibration.knowing(graph),
        passes: pipeline.runs[..<end].map(\.text))
    }
  }

  /// Does once what many compilations by these options have in common; nil where there is nothing
  /// or the pipeline is the user's own.
  func prepared(
    _ options: NetworkOptions, _ coding: CodingOptions, _ schedule: Schedule, timesteps: Int
  ) throws -> Prepared? {
    guard options.passes == nil, !isNetlist,
      let calibration = try checkedCalibration(options)
    else {
      return nil
    }
    return try Prepared(
      imported, calibration, options.pipeline(schedule, timesteps: timesteps, coding))
  }

  /// The calibration data that the options name, with a warning if they look wrong.
  private func checkedCalibration(_ options: NetworkOptions) throws -> CalibrationData? {
    let calibration = try calibration(options)
    if let calibration, !imported.facts.contains(.spiking),
      let warning = try InputRange.warning(analog(options), calibration)
    {
      Console.warn(warning)
    }
    return calibration
  }

  /// How large the elements of each value of the spiking stage are on average at a timestep, on a
  /// few calibration samples; empty without any.
  func meanLevels(_ graph: Graph, _ options: NetworkOptions, _ timesteps: Int) throws
    -> [NodeID: Double]
  {
    guard let data = try calibration(options) else { return [:] }
    return try LevelMeans.measure(graph, data.source.prefix(8), timesteps: timesteps).mapValues {
      $0.reduce(0, +) / Double($0.count)
    }
  }

  /// The graph after the passes that the options ask for.
  ///
  /// - Parameter prepared: what it has in common with others; used if it was made by the same
  ///   passes.
  func compiled(
    _ options: NetworkOptions, _ coding: CodingOptions, _ schedule: Schedule, timesteps: Int,
    stopAfter: String? = nil, from prepared: Prepared? = nil,
    observers: [any PassObserver] = []
  ) throws -> Graph {
    if !isNetlist, !imported.facts.contains(.currentsNormalized),
      let choices = try ScaleChoices(options, schedule, timesteps: timesteps),
      let prepared = try prepared ?? self.prepared(options, coding, schedule, timesteps: timesteps)
    {
      let choice = try ScaleSearch(choices, coding, schedule, timesteps: timesteps, prepared).best()
      // Observers see all passes.
      let isUsed = observers.isEmpty && stopAfter == nil
      return try compiled(
        choice.options, coding, schedule, timesteps: timesteps, stopAfter: stopAfter,
        from: isUsed ? choice.prepared : nil, observers: observers)
    }
    var graph = imported
    var pipeline =
      isNetlist
      ? try options.netlistPipeline(timesteps: timesteps, coding)
      : try options.pipeline(schedule, timesteps: timesteps, coding)
    // Named passes are run as they are named; else a dump goes on where it was made.
    if options.passes == nil { pipeline = try pipeline.remaining(for: graph) }
    let calibration: CalibrationData?
    if let prepared, pipeline.runs.prefix(prepared.passes.count).map(\.text) == prepared.passes {
      (graph, calibration) = (prepared.graph, prepared.calibration)
      pipeline = try pipeline.remaining(for: graph)
    } else {
      calibration = try checkedCalibration(options)
    }
    let manager = try PassManager(pipeline, on: graph.facts, stopAfter: stopAfter)
    try manager.run(
      &graph, calibration: calibration, observers: observers, warn: Console.warn)
    return graph
  }
}
