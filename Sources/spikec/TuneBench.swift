import SpikeBackend
import SpikeExecution
import SpikeFrontend
import SpikeIR
import SpikePasses
import SpikeReport

/// Everything that the candidates of one `tune` share, and the measuring of one of them.
///
/// The calibration data is cut in two: scales and membranes are fitted to the first half, and
/// losses are measured on the second. What is validated is fitted to all of it, as `compile` does.
struct TuneBench {
  private let options: NetworkOptions
  private let coding: CodingOptions
  private let half: Network.Prepared
  private let whole: Network.Prepared
  private let scoring: Judge
  private let heldOut: Judge
  /// The CNN's accuracy on the held-out data, in percent.
  let accuracy: Double
  /// Whether the calibration data has labels; without, losses there are disagreements.
  let isLabelled: Bool

  /// How many samples show whether there is hope.
  private static let firstLook = 128

  /// Reads model and data, runs the CNN, and the passes up to the choice of scales.
  ///
  /// - Throws: a `Diagnostic` for what cannot be read or does not fit together.
  init(_ options: NetworkOptions, _ coding: CodingOptions, data: String, limit: Int?) throws {
    self.options = options
    self.coding = coding
    let model = try Network(options.model)
    let type = try model.inputType()
    guard let path = options.calibrate else {
      throw Diagnostic("tune needs --calibrate DATA: it searches there, and validates on --data")
    }
    let calibration = try Dataset(path, for: type, isLabelled: true)
    let validation = try Dataset(data, limit: limit, for: type, isLabelled: true)
    guard let labels = validation.labels else {
      throw Diagnostic("it holds no labels (an array y)", file: data)
    }
    let count = calibration.samples.count
    guard count >= 16 else {
      throw Diagnostic(
        "holds \(count) inputs: too few to fit to one half and to measure on the other", file: path,
        notes: ["give at least 16; a few hundred are better"])
    }
    let analog = try model.analog(options)
    guard analog.outputs.count == 1, analog[analog.outputs[0]].type.count > 1 else {
      throw Diagnostic(
        "tune compares classes: it needs one output of two or more", file: options.model.model)
    }
    let half = count / 2
    let part = SamplePart(calibration.samples, half..<count)
    scoring = try Judge(
      analog, part, calibration.labels.map { Array($0[half...]) }, title: "CNN on calibration data",
      file: path)
    heldOut = try Judge(
      analog, validation.samples, labels, title: "CNN on held-out data", file: data)
    isLabelled = calibration.labels != nil
    accuracy = 100 * Double(heldOut.rightOfCNN.count { $0 }) / Double(labels.count)
    func prepared(_ range: Range<Int>) throws -> Network.Prepared {
      let data = CalibrationData(
        SamplePart(calibration.samples, range), progress: Console.progress)
      guard
        let prepared = try Network.Prepared(
          model.imported, data, options.pipeline(.layerwise, timesteps: 1, coding))
      else {
        throw Diagnostic(
          "is too far compiled to be tuned", file: options.model.model,
          notes: ["give the trained model, or an earlier dump"])
      }
      return prepared
    }
    self.half = try prepared(0..<half)
    whole = try prepared(0..<count)
  }

  /// Compiles a candidate and measures it on calibration data; stops early where `isHopeless`.
  func measure(_ candidate: Candidate, isHopeless: (TrialResult) -> Bool) throws -> TrialResult {
    let compiled = try compile(candidate, from: half)
    let executor = try FastestExecutor(compiled, note: Console.remark)
    let first = min(TuneBench.firstLook, scoring.count)
    var tally = try scoring.run(executor, candidate, 0..<first)
    var result = result(tally, candidate, executor, compiled, isFinished: false)
    if first < scoring.count {
      if isHopeless(result) { return result }
      tally.add(try scoring.run(executor, candidate, first..<scoring.count))
    }
    result = self.result(tally, candidate, executor, compiled, isFinished: true)
    return result
  }

  /// Compiles a candidate and measures it on the held-out data.
  func validate(_ candidate: Candidate) throws -> TrialResult {
    let compiled = try compile(candidate, from: whole)
    let executor = try FastestExecutor(compiled, note: Console.remark)
    let tally = try heldOut.run(executor, candidate, 0..<heldOut.count)
    return result(tally, candidate, executor, compiled, isFinished: true)
  }

  private func compile(_ candidate: Candidate, from start: Network.Prepared) throws -> Graph {
    var compiled = start.graph
    let pipeline = try candidate.applied(to: options)
      .pipeline(candidate.schedule, timesteps: candidate.timesteps, coding)
      .remaining(for: compiled)
    try PassManager(pipeline, on: compiled.facts)
      .run(&compiled, calibration: start.calibration, warn: Console.warn)
    return compiled
  }

  private func result(
    _ tally: Judge.Tally, _ candidate: Candidate, _ executor: any SpikingExecutor,
    _ compiled: Graph, isFinished: Bool
  ) -> TrialResult {
    let operations = tally.synapticOperations / Double(tally.samples)
    return TrialResult(
      samples: tally.samples, lost: tally.lost, won: tally.won, synapticOperations: operations,
      energy: EnergyModel.horowitz45nm.spiking(
        synaptic: operations, inputOperations: executor.inputOperations),
      latency: compiled.latency(candidate.schedule, timesteps: candidate.timesteps),
      weightBytes: (compiled.weightCount * candidate.weightBits + 7) / 8, isFinished: isFinished)
  }
}

/// Samples with what is right for each, and whether the CNN gets it right.
struct Judge {
  /// What a network did on some of them.
  struct Tally {
    var samples = 0
    var lost = 0
    var won = 0
    var synapticOperations = 0.0

    mutating func add(_ other: Tally) {
      samples += other.samples
      lost += other.lost
      won += other.won
      synapticOperations += other.synapticOperations
    }
  }

  private let source: any SampleSource
  /// The class of each sample: its label, or what the CNN says where there are none.
  private let classes: [Int]
  let rightOfCNN: [Bool]

  var count: Int { source.count }

  init(
    _ cnn: Graph, _ source: any SampleSource, _ labels: [Int]?, title: String, file: String
  ) throws {
    self.source = source
    let width = cnn[cnn.outputs[0]].type.count
    let counter = ProgressCounter(title, source.count)
    do {
      let outputs = try AnalogExecutor(cnn).run(source, progress: counter.add)[0]
      let said = (0..<source.count).map { sample in
        largest(outputs[sample * width..<(sample + 1) * width])
      }
      classes = labels ?? said
      rightOfCNN = zip(classes, said).map { $0 == $1 }
    } catch let diagnostic as Diagnostic {
      throw diagnostic.inFile(file)
    }
  }

  /// Runs a spiking network on the samples of a range.
  func run(_ network: any SpikingExecutor, _ candidate: Candidate, _ range: Range<Int>) throws
    -> Tally
  {
    let counter = ProgressCounter(candidate.text, range.count)
    let results = try network.run(
      SamplePart(source, range), candidate.schedule, checkpoints: [candidate.timesteps],
      progress: counter.add)
    var tally = Tally()
    for (sample, result) in zip(range, results) {
      let isRight = largest(result[0].outputs[0][...]) == classes[sample]
      tally.samples += 1
      if rightOfCNN[sample] && !isRight { tally.lost += 1 }
      if isRight && !rightOfCNN[sample] { tally.won += 1 }
      tally.synapticOperations += Double(result[0].synapticOperations.reduce(0, +))
    }
    return tally
  }
}

/// The position of the largest value, the first if there are several.
private func largest<Value: Comparable>(_ row: ArraySlice<Value>) -> Int {
  row.indices.max { row[$0] < row[$1] || row[$0] == row[$1] && $0 > $1 }! - row.startIndex
}

extension Graph {
  /// The timesteps from the first input to the answer. Layerwise each population sends only after
  /// all has reached it; pipelined all step together.
  fileprivate func latency(_ schedule: Schedule, timesteps: Int) -> Int {
    guard schedule == .layerwise else { return timesteps }
    var depth: [NodeID: Int] = [:]
    for node in nodes {
      let isPopulation = if case .fire = node.operation { true } else { false }
      depth[node.id] = (node.operands.compactMap { depth[$0] }.max() ?? 0) + (isPopulation ? 1 : 0)
    }
    return timesteps * ((depth.values.max() ?? 0) + 1)
  }

  /// The number of weights of all synapses.
  fileprivate var weightCount: Int {
    var weights: Set<ConstantID> = []
    for node in nodes {
      if let synapse = node.operation.parameters as? any Synapse { weights.insert(synapse.weight) }
    }
    return weights.reduce(0) { $0 + constants[$1].count }
  }
}
