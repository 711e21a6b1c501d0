import SpikeExecution
import SpikeIR
import TestSupport
import Testing

@testable import SpikePasses

/// Random CNNs compile to what computes the same, or are refused with a reason.
@Suite struct RandomNetworkTests {
  /// The pipelines, how near their logits are, and at how many timesteps.
  static let variants: [(passes: String, bound: Float, timesteps: Int)] = [
    (pipeline(), 0.02, 4096),
    (pipeline(pool: "all", currents: "mode=max,per=layer"), 0.02, 4096),
    (pipeline(last: ",quantize-weights{bits=8,timesteps=256}"), 0.5, 256),
  ]

  private static func pipeline(
    pool: String = "none", currents: String = "mode=max", last: String = ""
  ) -> String {
    "canonicalize,fold-batch-norm,fold-diagonals,hoist-relu,split-signed,"
      + "absorb-average-pooling{population=\(pool)},normalize-currents{\(currents)},"
      + "lower-to-spiking,threshold-residuals" + last
  }

  private func compile(_ cnn: Graph, _ passes: String, _ samples: Samples) throws -> Graph {
    var snn = cnn
    try PassManager(Pipeline(parsing: passes), on: [])
      .run(&snn, calibration: CalibrationData(samples))
    return snn
  }

  @Test(arguments: 0..<200, variants.indices)
  func compilesOrIsRefused(_ seed: UInt64, _ variant: Int) throws {
    let (passes, bound, timesteps) = Self.variants[variant]
    let cnn = try RandomNetwork.graph(seed: seed)
    let values = SeededValues.floats(90 * 12, seed: Int(seed)).map { ($0 * 255).rounded() / 255 }
    let samples = Samples([1] + values.dropFirst(), count: 12)
    do {
      let snn = try compile(cnn, passes, samples)
      #expect(try Graph(parsing: snn.whole).whole == snn.whole)
      let part = samples.prefix(3)
      let error = difference(
        try AnalogExecutor(cnn).run(part), try snn.spikingOutputs(part, timesteps: timesteps))
      let isCoarse = snn.facts.contains(.quantized) && snn.joinsLevelsAndSpikes
      #expect(isCoarse || error < bound, "\(error) of\n\(cnn.text())")
    } catch let diagnostic as Diagnostic {
      let reasons = ["rate code", "spiking form", "within one channel", "fit 32 bits"]
      let isReasoned = reasons.contains { diagnostic.message.contains($0) }
      #expect(isReasoned && !diagnostic.origin.layers.isEmpty, "\(diagnostic) of\n\(cnn.text())")
    }
  }
}

extension Graph {
  /// Whether a directly coded input and spikes go into one synapse: its weights then share their
  /// bits although levels are some hundred times as large as spikes.
  fileprivate var joinsLevelsAndSpikes: Bool {
    nodes.contains { node in
      guard case .concat = node.operation else { return false }
      return Set(node.operands.map { self[$0].type.element }).count > 1
    }
  }
}
