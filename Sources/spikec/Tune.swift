import ArgumentParser
import Foundation
import SpikeExecution
import SpikeIR
import SpikeReport

struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Search for the options that cost least within a bound on the loss of accuracy.",
    discussion: """
      Candidates are fitted to one half of the calibration data and measured on the other: by its labels, or \
      by agreement with the CNN where it has none. The cheapest that may be good enough are fitted to all of \
      it and validated on --data until one is. The options that were found go into the file -o, which \
      compile, evaluate and run take by --options FILE. Stopped, the same command continues from the journal.
      """)

  @OptionGroup var network: NetworkOptions
  @OptionGroup var coding: CodingOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("Labelled held-out inputs (.npz with x and y).", valueName: "data"))
  var data: String

  @Option(help: "How many points of accuracy may be lost.")
  var maxLoss: Double = 0.5

  @Option(help: "What is held down: operations (synaptic), energy or latency (in timesteps).")
  var minimize: Objective = .energy

  @Option(help: "layerwise, pipelined or both.")
  var schedule: Evaluate.Schedules = .both

  @Option(help: "Validate on the first so many held-out inputs.")
  var limit: Int?

  @Option(help: "Try at most so many candidates.")
  var budget: Int = 80

  @Option(
    help: ArgumentHelp(
      "Where finished candidates are noted; by default the file of -o with .journal behind it.",
      valueName: "file"))
  var journal: String?

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Write the options that were found.", valueName: "file"))
  var settings: String?

  mutating func validate() throws {
    guard (0...100).contains(maxLoss) else {
      throw ValidationError("--max-loss must be from 0 to 100 points, not \(maxLoss)")
    }
    guard budget >= 1 else { throw ValidationError("--budget must be above 0, not \(budget)") }
    if let limit, limit < 1 { throw ValidationError("--limit must be above 0, not \(limit)") }
    if network.passes != nil {
      throw ValidationError("tune chooses the passes: leave out --passes")
    }
    if network.precision == .float {
      throw ValidationError("tune compares exact networks: leave out --precision float")
    }
  }

  /// The schedules that were asked for and that the target's neurons have.
  private func schedules() throws -> [Schedule] {
    if schedule == .both, try network.schedule(nil) == .pipelined { return [.pipelined] }
    return try schedule.list.map { try network.schedule($0) }
  }

  func run() throws {
    let schedules = try schedules()
    try output.check()
    if let settings { try OutputPath.checkFile(settings) }
    let journalPath = journal ?? settings.map { $0 + ".journal" }
    if let journalPath { try OutputPath.checkFile(journalPath) }
    let journal = try TuneJournal(journalPath, purpose: purpose())
    let bench = try TuneBench(network, coding, data: data, limit: limit)
    var search = TuneSearch(
      maxLoss: maxLoss, objective: minimize, bench: bench, journal: journal, budget: budget)
    let start = Candidate(
      schedule: .layerwise, timesteps: 1, margin: network.scaleMargin,
      weightBits: network.weightBits)
    try search.run(schedules, from: start)
    try search.validate(schedules, from: start)
    let report = TuneReport(
      tried: search.tried, validated: search.validated, maxLoss: maxLoss)
    print(
      "CNN accuracy \(bench.accuracy.fixed(2)) % on held-out data; \(search.tried.count) candidates,"
        + " losses on calibration data by \(bench.isLabelled ? "labels" : "agreement with the CNN")\n"
    )
    try output.show(
      report.tables,
      facts: [
        ("cnn_accuracy", .number(bench.accuracy)), ("candidates", .integer(search.tried.count)),
        ("chosen", report.chosen.map { .string($0.candidate.text) } ?? .null),
        ("chosen_loss", report.chosen.map { .number($0.result.loss) } ?? .null),
      ])
    guard let chosen = report.chosen else { throw report.refusal }
    try write(chosen.candidate, chosen.result, bench)
  }

  private func write(_ candidate: Candidate, _ result: TrialResult, _ bench: TuneBench) throws {
    print("chosen: \(candidate.text)")
    guard let settings else { return }
    try SettingsFile.write(
      shared + candidate.settings,
      comments: [
        "chosen by spikec tune for \(network.model.model)",
        "\((bench.accuracy - result.loss).fixed(2)) % on \(result.samples) held-out inputs"
          + " (CNN \(bench.accuracy.fixed(2)) %),",
        "\(Int(result.synapticOperations).grouped) synaptic operations and"
          + " \(result.energy.fixed(2)) µJ an input, \(result.latency) timesteps to the answer",
      ], to: settings)
    Console.note("wrote \(settings)")
  }

  /// The options of the user that are not searched and differ from the standard ones.
  private var shared: [Setting] {
    var list: [Setting] = []
    let input = network.input
    if input.scale != 1 { list.append(Setting("scale", "\(input.scale)")) }
    if input.mean != "0" { list.append(Setting("mean", input.mean)) }
    if input.std != "1" { list.append(Setting("std", input.std)) }
    if coding.coding != .direct { list.append(Setting("coding", coding.coding.rawValue)) }
    if coding.seed != 0 { list.append(Setting("seed", "\(coding.seed)")) }
    if network.thresholdResiduals != 0.5 {
      list.append(Setting("threshold-residuals", "\(network.thresholdResiduals)"))
    }
    if network.percentile != 99.9 { list.append(Setting("percentile", "\(network.percentile)")) }
    if network.batchNormEpsilon != .own {
      list.append(Setting("batch-norm-epsilon", network.batchNormEpsilon.rawValue))
    }
    if network.target != "generic" { list.append(Setting("target", network.target)) }
    if network.replaceMaxPool { list.append(Setting("replace-max-pool")) }
    if network.naiveExport { list.append(Setting("naive-export")) }
    if network.spikingPool { list.append(Setting("spiking-pool")) }
    if network.readout != .membrane {
      list.append(Setting("readout", network.readout.rawValue))
    }
    return list
  }

  /// What tells a journal's network, data and shared options from others.
  private func purpose() throws -> String {
    var hash = Fingerprint()
    for path in [network.model.model, network.calibrate ?? "", data] where !path.isEmpty {
      hash.add(contentsOf: path)
    }
    hash.add(Data("\(network.model.inputShape ?? "") \(limit ?? 0)".utf8))
    for setting in shared { hash.add(Data(setting.text.utf8)) }
    return hash.text
  }
}

extension Objective: ExpressibleByArgument {}

/// A 64-bit FNV-1a hash: enough to notice that a file is another one.
private struct Fingerprint {
  private var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ data: Data) {
    for byte in data { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    value = (value ^ 0xff) &* 0x100_0000_01b3
  }

  /// A file that cannot be read adds nothing: whoever needs it says so.
  mutating func add(contentsOf path: String) {
    if let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) {
      add(data)
    }
  }

  var text: String { String(value, radix: 16) }
}
