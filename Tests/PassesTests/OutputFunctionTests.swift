import SpikeExecution
import SpikeIR
import Testing

@testable import SpikePasses

struct OutputFunctionTests {
  private func lowered(_ tail: String) throws -> Graph {
    var graph = try Graph(
      parsing: """
        graph "net" {facts=[batch-norm-folded, currents-resolved, currents-normalized, average-pooling-absorbed]}
        constant @w : f32[3x1x1x2] = [0.5, -0.25, 0.125, 0.75, -0.5, 0.25]
        %x = input : f32[1x1x2] loc("x")
        %c = conv2d %x {weight=@w, stride=[1,1], padding=[0,0,0,0]} : f32[1x1x3] loc("conv")
        %s = activation %c {function=softmax} : f32[1x1x3] loc("softmax")
        \(tail)
        """)
    let samples = Samples([0.5, -1, 0.25, 1], count: 2)
    try PassManager(Pipeline(parsing: "lower-to-spiking"), on: graph.facts)
      .run(&graph, calibration: CalibrationData(samples))
    return graph
  }

  /// MobileNet's softmax over a 1x1 image, which it flattens then, is the read-out's all the same.
  @Test(arguments: [
    "output %s", "%r = reshape %s : f32[3]\noutput %r",
    "%r = reshape %s : f32[1x3]\n%q = reshape %r : f32[3]\noutput %q",
  ])
  func theReadOutNotesTheFunction(_ tail: String) throws {
    let graph = try lowered(tail)
    guard case .readOut(let readOut) = graph[graph.outputs[0]].operation else {
      Issue.record("the output is no read-out")
      return
    }
    #expect(readOut.function == .softmax)
  }

  @Test(arguments: [
    "%r = relu %s : f32[1x1x3]\noutput %r",
    "%r = reshape %s : f32[3]\noutput %r\noutput %s",
  ])
  func functionsWithOtherUsersAreRefused(_ tail: String) {
    #expect(throws: Diagnostic.self) { try lowered(tail) }
  }
}
