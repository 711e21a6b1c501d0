import SpikeExecution
import SpikeIR

/// Sees a graph before and after every pass: for dumps, printing and timing.
public protocol PassObserver {
  /// Is called once, before the first pass.
  func willStart(_ graph: Graph) throws
  /// Is called before the pass at `index` runs.
  func willRun(_ run: PassRun, index: Int, _ graph: Graph) throws
  /// Is called after the pass at `index` ran and its result was verified.
  func didRun(_ run: PassRun, index: Int, before: Graph, after: Graph, took: Duration) throws
}

/// Runs a pipeline: checks the order of its passes, and the graph after each of them.
public struct PassManager {
  private let pipeline: Pipeline
  private let stopAfter: String?
  /// How many calibration samples a claim of equal meaning is proved on.
  private static let proofSamples = 8

  /// A manager for a pipeline on a graph of which `facts` are known.
  ///
  /// - Throws: a `Diagnostic` if a pass requires what no pass before it establishes, or if
  ///   `stopAfter` is no pass of the pipeline.
  public init(_ pipeline: Pipeline, on facts: Set<Fact> = [], stopAfter: String? = nil) throws {
    var known = facts
    for run in pipeline.runs {
      if let missing = run.pass.requires.subtracting(known).sorted().first {
        throw PassManager.wrongOrder(run.pass, missing)
      }
      known.formUnion(run.pass.establishes)
    }
    if let stopAfter, !pipeline.runs.contains(where: { $0.pass.name == stopAfter }) {
      let names = pipeline.runs.map(\.pass.name)
      let near = stopAfter.nearest(in: names).map { "did you mean '\($0)'?" }
      throw Diagnostic(
        "--stop-after names '\(stopAfter)', which is not in the pipeline",
        notes: [near ?? "it runs " + names.joined(separator: ", ")])
    }
    self.pipeline = pipeline
    self.stopAfter = stopAfter
  }

  private static func wrongOrder(_ pass: Pass, _ missing: Fact) -> Diagnostic {
    let makers = Pipeline.passes.filter { $0.establishes.contains(missing) }.map(\.name)
    return Diagnostic(
      "pass '\(pass.name)' needs a graph of which '\(missing.rawValue)' holds",
      notes: ["run \(makers.joined(separator: " or ")) before it"])
  }

  /// Runs the passes in order.
  ///
  /// - Throws: a `Diagnostic` when a pass cannot finish. A pass that leaves a graph that does not
  ///   verify, or that changes what it claims to keep, is a defect of this compiler and says so.
  public func run(
    _ graph: inout Graph, calibration: CalibrationData?, observers: [any PassObserver] = [],
    warn: @escaping (Diagnostic) -> Void = { _ in }
  ) throws {
    for observer in observers { try observer.willStart(graph) }
    // What the graph gives, where the pass before was proven: no need to run it again.
    var outputs: [[Float]]?
    for (index, run) in pipeline.runs.enumerated() {
      for observer in observers { try observer.willRun(run, index: index, graph) }
      let before = graph
      let arguments = try PassArguments(run.pass, given: run.given)
      let took = try ContinuousClock().measure {
        let context = PassContext(arguments: arguments, calibration: calibration, warn: warn)
        try run.pass.run(&graph, context)
        graph.facts.formUnion(run.pass.establishes)
        graph.history.append(run.pass.name)
      }
      try verify(run.pass, graph)
      outputs =
        run.pass.isAblation(arguments)
        ? nil : try prove(run.pass, before, giving: outputs, graph, calibration)
      for observer in observers {
        try observer.didRun(run, index: index, before: before, after: graph, took: took)
      }
      if run.pass.name == stopAfter { return }
    }
  }

  private func verify(_ pass: Pass, _ graph: Graph) throws {
    do {
      try graph.verify()
    } catch let diagnostic as Diagnostic {
      throw Diagnostic(
        "pass '\(pass.name)' left a graph that does not verify: \(diagnostic.message)",
        origin: diagnostic.origin, notes: ["this is a defect of spikec: please report it"])
    }
  }

  /// Compares the outputs before and after a pass that claims to keep them, and gives the latter.
  ///
  /// - Parameter known: the outputs before it, where they are known.
  private func prove(
    _ pass: Pass, _ before: Graph, giving known: [[Float]]?, _ after: Graph,
    _ calibration: CalibrationData?
  ) throws -> [[Float]]? {
    let bound: Float
    switch pass.preserves {
    case .exact: bound = 0
    case .within(let epsilon): bound = Float(epsilon)
    case .changesMeaning: return nil
    }
    guard let source = calibration?.source, !before.facts.contains(.spiking),
      source.elementCount == before.inputs.first.map({ before[$0].type.count })
    else { return nil }
    let count = min(PassManager.proofSamples, source.count)
    let samples = source.read(0..<count)
    let old = try known ?? trueOutputs(before, samples, count)
    let new = try trueOutputs(after, samples, count)
    for (a, b) in zip(old, new) {
      let largest = a.reduce(0) { max($0, abs($1)) }
      let difference = zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
      guard difference <= bound * largest else {
        throw Diagnostic(
          "pass '\(pass.name)' changed the network's outputs by \(difference) of \(largest),"
            + " more than the \(bound) that it claims",
          notes: ["this is a defect of spikec: please report it"])
      }
    }
    return new
  }

  /// The outputs in the units of the imported model.
  private func trueOutputs(_ graph: Graph, _ samples: [Float], _ count: Int) throws -> [[Float]] {
    let outputs = try AnalogExecutor(graph).run(samples, count: count)
    return zip(graph.outputs, outputs).map { id, values in
      let scale = graph.scale(of: id).perElement(graph[id].type)
      return values.enumerated().map { $1 * scale[$0 % scale.count] }
    }
  }
}

extension Fact: Comparable {
  /// Orders facts as their declaration lists them.
  public static func < (a: Fact, b: Fact) -> Bool {
    allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
  }
}
