import SpikeExecution
import SpikeIR
import TestSupport
import Testing

@testable import SpikePasses

/// Tricky networks through the whole pipeline: at many timesteps the SNN gives the CNN's logits.
@Suite struct CompilationTests {
  private static let timesteps = 4096

  /// Inputs that lie on the grid of a directly coded input: whole levels of 1/255.
  private static func samples(_ count: Int) -> Samples {
    let values = SeededValues.floats(12 * count, seed: 9).map { ($0 * 255).rounded() / 255 }
    // The largest magnitude fixes the levels.
    return Samples([1] + values.dropFirst(), count: 12)
  }

  private static func passes(_ quantization: String?, copies: Int) -> String {
    "canonicalize,fold-batch-norm,fold-diagonals,hoist-relu,split-signed,absorb-average-pooling,"
      + (copies == 1 ? "" : "split-neurons{copies=\(copies)},")
      + "normalize-currents{mode=max,per=channel},lower-to-spiking,threshold-residuals"
      + (quantization.map { ",quantize-weights{timesteps=4096,bits=\($0)}" } ?? "")
  }

  /// The largest difference of the SNN's outputs from the CNN's, relative to the largest.
  private static func error(
    _ index: Int, _ quantization: String?, _ schedule: Schedule = .layerwise, copies: Int = 1
  ) throws -> Float {
    let cnn = try TrickyNetworks.all[index].make()
    let samples = samples(cnn[cnn.inputs[0]].type.count)
    var snn = cnn
    try PassManager(Pipeline(parsing: passes(quantization, copies: copies)), on: [])
      .run(&snn, calibration: CalibrationData(samples))
    let part = samples.prefix(4)
    let found = try snn.spikingOutputs(part, timesteps: timesteps, schedule)
    return difference(try AnalogExecutor(cnn).run(part), found)
  }

  @Test(arguments: TrickyNetworks.all.indices) func floatsGiveTheLogits(_ index: Int) throws {
    let error = try Self.error(index, nil)
    #expect(error < 0.004, "\(TrickyNetworks.all[index].name): \(error)")
  }

  /// Populations of which four neurons send each element, beside others.
  @Test(arguments: TrickyNetworks.all.indices, Schedule.allCases)
  func splitNeuronsGiveTheLogits(_ index: Int, _ schedule: Schedule) throws {
    let error = try Self.error(index, nil, schedule, copies: 4)
    #expect(error < (schedule == .layerwise ? 0.004 : 0.05))
  }

  /// Levels of 8 bits and spikes into one convolution need more than 32 bits at so many timesteps.
  private static let inIntegers = TrickyNetworks.all.indices.filter {
    TrickyNetworks.all[$0].name != "input into a concat"
  }

  @Test(arguments: inIntegers) func integersGiveTheLogits(_ index: Int) throws {
    let error = try Self.error(index, "8")
    #expect(error < 0.04, "\(TrickyNetworks.all[index].name): \(error)")
  }

  /// Spikes that come early or late cost a little.
  @Test(arguments: TrickyNetworks.all.indices) func pipelinedTooNearly(_ index: Int) throws {
    let error = try Self.error(index, nil, .pipelined)
    #expect(error < 0.05, "\(TrickyNetworks.all[index].name): \(error)")
  }
}
