import SpikeExecution
import SpikeIR
import TestSupport
import Testing

@testable import SpikePasses

/// Random CNNs compile to what computes the same, or are refused with a reason.
@Suite struct RandomNetworkTests {
  private static let timesteps = 4096

  private func compile(_ cnn: Graph, _ samples: Samples) throws -> Graph {
    var snn = cnn
    let passes =
      "canonicalize,fold-batch-norm,fold-diagonals,hoist-relu,split-signed,absorb-average-pooling,"
      + "normalize-currents{mode=max},lower-to-spiking,threshold-residuals"
    try PassManager(Pipeline(parsing: passes), on: [])
      .run(&snn, calibration: CalibrationData(samples))
    return snn
  }

  @Test(arguments: 0..<2000) func compilesOrIsRefused(_ seed: UInt64) throws {
    let cnn = try RandomNetwork.graph(seed: seed)
    let values = SeededValues.floats(90 * 12, seed: Int(seed)).map { ($0 * 255).rounded() / 255 }
    let samples = Samples([1] + values.dropFirst(), count: 12)
    do {
      let snn = try compile(cnn, samples)
      let part = samples.prefix(3)
      let error = difference(
        try AnalogExecutor(cnn).run(part),
        try snn.spikingOutputs(part, timesteps: Self.timesteps))
      #expect(error < 0.02, "\(error) of\n\(cnn.text())")
    } catch let diagnostic as Diagnostic {
      let isReasoned =
        diagnostic.message.contains("rate code") || diagnostic.message.contains("spiking form")
      #expect(isReasoned && !diagnostic.origin.layers.isEmpty, "\(diagnostic) of\n\(cnn.text())")
    }
  }
}
