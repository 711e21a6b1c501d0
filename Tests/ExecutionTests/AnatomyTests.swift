import SpikeIR
import TestSupport
import Testing

@testable import SpikeExecution

/// The parts of errors in networks that are small enough to work them out by hand.
@Suite struct AnatomyTests {
  /// An input of 1, two populations, and logits of g and -g. Rates of f are 2 and `second`.
  private func network(second: Float = 0.3, g: [Float], bias: Float? = nil) throws -> Graph {
    var graph = try Graph(input: [1])
    let (zero, one) = (graph.constant([1], [0]), graph.constant([1], [1]))
    let start = graph.constant([1], [0.5])
    try graph.append("e", Encode(.direct, offset: zero, step: one, low: 0, high: 9))
    try graph.append("c", Dense(weight: graph.constant([2, 1], [2, second])))
    try graph.append("f", Fire(threshold: one, start: start))
    try graph.append("d", Dense(weight: graph.constant([1, 2], g)))
    let shift = bias.map { graph.constant([1], [$0]) }
    try graph.append("g", Fire(threshold: one, start: start, bias: shift))
    try graph.append("l", Dense(weight: graph.constant([2, 1], [1, -1])))
    try graph.append("out", ReadOut(scale: one))
    graph.facts = [.spiking]
    return graph
  }

  private func anatomy(
    _ mapped: Graph, fitted: Graph? = nil, final: Graph? = nil, _ schedule: Schedule = .layerwise
  ) throws -> ErrorAnatomy {
    let stages = ConversionStages(
      mapped: mapped, fitted: fitted ?? mapped, final: final ?? fitted ?? mapped)
    return try ErrorAnatomy.measure(
      stages, SpikingInterpreter(stages.final), FloatSamples([1], count: 1), labels: [0], schedule,
      timesteps: 2)
  }

  /// The means of the parts of a layer, as `ErrorPart.allCases` lists them.
  private func expect(
    _ anatomy: ErrorAnatomy, _ name: String, _ parts: [Double],
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let layer = try #require(anatomy.layers.first { $0.name == name }, sourceLocation: location)
    let found = ErrorPart.allCases.map { layer.sums.mean($0) }
    #expect(
      zip(found, parts).allSatisfy { abs($0 - $1) < 1e-6 }, "\(found) for \(parts)",
      sourceLocation: location)
    #expect(abs(layer.sums.meanError - parts.reduce(0, +)) < 1e-6, sourceLocation: location)
    let shares = ErrorPart.allCases.map { layer.sums.share($0) }.reduce(0, +)
    #expect(abs(shares - (layer.sums.errorRMS > 0 ? 1 : 0)) < 1e-9, sourceLocation: location)
  }

  @Test func clippingRoundingAndInheritance() throws {
    // f: 2 is cut to 1; 0.3 becomes half. g ought to be 1.03 and gets 0.55, which becomes half.
    let anatomy = try anatomy(network(g: [0.5, 0.1]))
    try expect(anatomy, "f", [-0.5, 0.1, 0, 0, 0, 0])
    try expect(anatomy, "g", [-0.03, 0, 0, 0, -0.5, 0])
    let out = try #require(anatomy.layers.last)
    #expect(abs(out.sums.rms(.inherited) - 0.53) < 1e-6 && out.sums.ownRMS == 0)
    let f = anatomy.layers[0]
    #expect(abs(anatomy.aloneError(f) - 0.48 / 1.03) < 1e-6)
    #expect(abs(anatomy.aloneError(anatomy.layers[1]) - 0.03 / 1.03) < 1e-6)
    #expect(anatomy.layerAtFault?.name == "f")
    let largest = try #require(f.sums.largestOwn)
    #expect(largest.part == .clipping && abs(largest.share - 1 / 1.04) < 1e-6)
    #expect(abs(f.sums.ownRMS - (1.04 / 2).squareRoot()) < 1e-6)
    #expect(anatomy.cnnCorrect == 1 && anatomy.correct == 1 && anatomy.aloneLoss(f) == 0)
  }

  @Test func activityOfChannels() throws {
    let layers = try anatomy(network(second: 0.1, g: [0.5, 0.1])).layers
    #expect(layers.map(\.spikes) == [2, 1, 0])
    #expect(layers.map(\.synapticOperations) == [2, 2, 0])
    #expect(layers[0].deadChannels == 1 && layers[0].saturatedChannels == 1)
    #expect(layers[0].silentChannels == 0)
    let outlier = try #require(layers[0].outlier)
    #expect(outlier.channel == 0 && abs(outlier.ratio - 20) < 1e-4)
    #expect(layers[1].outlier == nil && layers[2].channels.isEmpty)
    let silent = try anatomy(network(second: -1, g: [0.5, 0.1])).layers[0]
    #expect(silent.deadChannels == 0 && silent.silentChannels == 1)
  }

  @Test func fittingIsWhatChangedBeforeQuantisation() throws {
    let mapped = try network(g: [0.5, 0.1])
    let anatomy = try anatomy(mapped, fitted: network(g: [0.5, 0.1], bias: -0.6))
    // g: 1.03 - 0.6 gives half; with what really comes, 0.55 - 0.6, it gives nothing.
    try expect(anatomy, "g", [-0.03, 0, -0.5, 0, -0.5, 0])
  }

  @Test func weightsAreWhatQuantisationChanged() throws {
    let mapped = try network(g: [0.5, 0.1])
    let anatomy = try anatomy(mapped, fitted: mapped, final: network(second: 0.8, g: [0.5, 0.1]))
    try expect(anatomy, "f", [-0.5, 0.1, 0, 0.25, 0, 0])
  }

  @Test func arrivalIsWhatTheOrderChanges() throws {
    // f's first neuron fires twice, its second at last: g has fired before it is inhibited. It
    // ought to be 0.4, and has nothing left of what the rates of f give it.
    let network = try network(g: [0.5, -2])
    try expect(anatomy(network), "g", [0, 0.1, 0, 0, -0.5, 0])
    try expect(anatomy(network, .pipelined), "g", [0, 0.1, 0, 0, -0.5, 0.5])
  }

  @Test func aSpikingNetworkWithoutItsCNNIsRefused() throws {
    var quantised = try network(g: [0.5, 0.1])
    quantised.facts.insert(.quantized)
    let stages = ConversionStages(mapped: quantised, fitted: quantised, final: quantised)
    #expect(throws: Diagnostic.self) {
      try ErrorAnatomy.measure(
        stages, SpikingInterpreter(network(g: [1, 1])), FloatSamples([1], count: 1), labels: [0],
        .layerwise, timesteps: 2)
    }
  }
}
