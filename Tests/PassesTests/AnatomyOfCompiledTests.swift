import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution
@testable import SpikePasses

/// Error anatomies of compiled networks.
@Suite struct AnatomyOfCompiledTests {
  private final class Stages: PassObserver {
    var mapped: Graph?
    var fitted: Graph?
    func willStart(_ graph: Graph) {}
    func willRun(_ run: PassRun, index: Int, _ graph: Graph) {
      if run.pass.name == "calibrate-membranes" { mapped = graph }
      if run.pass.name == "quantize-weights" { fitted = graph }
    }
    func didRun(_ run: PassRun, index: Int, before: Graph, after: Graph, took: Duration) {}
  }

  private func stages(
    _ cnn: Graph, _ samples: FloatSamples, _ schedule: Schedule, scales: String = "mode=max",
    copies: Int = 1
  ) throws -> ConversionStages {
    let passes =
      "canonicalize,fold-batch-norm,fold-diagonals,hoist-relu,split-signed,absorb-average-pooling,"
      + "split-neurons{copies=\(copies)},normalize-currents{\(scales)},lower-to-spiking,threshold-residuals,"
      + "calibrate-membranes{schedule=\(schedule.rawValue),timesteps=16},"
      + "quantize-weights{timesteps=16}"
    let seen = Stages()
    var graph = cnn
    try PassManager(Pipeline(parsing: passes), on: [])
      .run(&graph, calibration: CalibrationData(samples), observers: [seen])
    return ConversionStages(
      mapped: try #require(seen.mapped), fitted: try #require(seen.fitted), final: graph)
  }

  private func samples(_ cnn: Graph) -> FloatSamples {
    let count = cnn[cnn.inputs[0]].type.count
    let values = SeededValues.floats(12 * count, seed: 9).map { ($0 * 255).rounded() / 255 }
    return FloatSamples([1] + values.dropFirst(), count: 12)
  }

  @Test(arguments: TrickyNetworks.all.indices, Schedule.allCases)
  func hybridsEndInTheNetworkItself(_ index: Int, _ schedule: Schedule) throws {
    let cnn = try TrickyNetworks.all[index].make()
    let samples = samples(cnn)
    let stages = try stages(cnn, samples, schedule, copies: 1 + index % 2)
    let executor = try SpikingInterpreter(stages.final)
    let dissection = try Dissection(stages, executor, schedule, timesteps: 16)
    let final = try StagePopulations(stages.final)
    _ = try executor.watch(samples, schedule, timesteps: 16) { sample in
      let values = dissection.values(dissection.replay.values(sample.values), sample)
      for (source, counts) in zip(executor.sources, sample.counts)
      where source.kind == .population {
        guard schedule == .layerwise else { continue }
        // The last hybrid, fed with what really came, is the layerwise population itself.
        let rates = final.members[source.name]!.rates(final.named(values.actual), timesteps: 16)
        #expect(rates == counts.map { Double($0) / 16 }, "\(source.name)")
      }
    }
    let anatomy = try ErrorAnatomy.measure(
      stages, executor, samples, labels: [Int](repeating: 0, count: 12), schedule, timesteps: 16)
    for layer in anatomy.layers {
      let parts = ErrorPart.allCases.map { layer.sums.mean($0) }.reduce(0, +)
      #expect(abs(parts - layer.sums.meanError) < 1e-9 + 1e-6 * layer.sums.errorRMS)
      if schedule == .layerwise { #expect(layer.sums.rms(.arrival) == 0) }
    }
    let results = try executor.run(samples, schedule, checkpoints: [16])
    #expect(
      anatomy.layers.filter(\.isPopulation).map(\.spikes)
        == executor.sources.indices.filter { executor.sources[$0].kind == .population }
        .map { source in results.reduce(0) { $0 + $1[0].spikes[source] } })
  }

  /// A CNN of which one channel is a hundred times as large as the others, which changes nothing
  /// of what it computes.
  private func withOutlier() throws -> Graph {
    var network = try Network(input: [6, 6, 2], seed: 3)
    try network.conv("c1", 8)
    try network.relu("r1")
    try network.conv("c2", 8)
    try network.scale("up", by: [100, 1, 1, 1, 1, 1, 1, 1])
    try network.relu("r2")
    try network.scale("down", by: [0.01, 1, 1, 1, 1, 1, 1, 1])
    try network.conv("c3", 8)
    try network.relu("r3")
    try network.classify("out", 4)
    return network.graph
  }

  @Test func theLayerAtFaultIsNamed() throws {
    let cnn = try withOutlier()
    let samples = samples(cnn)
    func anatomy(_ scales: String) throws -> ErrorAnatomy {
      let stages = try stages(cnn, samples, .layerwise, scales: scales)
      return try ErrorAnatomy.measure(
        stages, SpikingInterpreter(stages.final), samples,
        labels: [Int](repeating: 0, count: 12), .layerwise, timesteps: 16)
    }
    let perLayer = try anatomy("mode=max,per=layer")
    let fault = try #require(perLayer.layerAtFault)
    #expect(fault.name == "r2")
    #expect(fault.outlier?.channel == 0 && fault.outlier!.ratio > 20)
    let perChannel = try anatomy("mode=max,per=channel")
    let same = try #require(perChannel.layers.first { $0.name == "r2" })
    #expect(perChannel.aloneError(same) < perLayer.aloneError(fault) / 3)
  }
}
