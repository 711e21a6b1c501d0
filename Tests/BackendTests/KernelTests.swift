import Foundation
import SpikeBackend
import TestSupport
import Testing

/// The kernels by themselves, each instruction set against plain sums.
@Suite struct KernelTests {
  @Test(arguments: Toolchain.all, ["packed", "event_synapses"])
  func agreeOnAllInstructionSets(_ toolchain: Toolchain, _ program: String) throws {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("C/\(program).c")
    try withTemporaryFolder { folder in
      _ = try EmittedProgram(
        RandomSpikingGraph(seed: 1).graph, .layerwise, timesteps: 4, at: folder)
      let build = try ProcessResult(
        [toolchain.compiler, "-std=c99", "-I", "."] + toolchain.flags + Toolchain.warnings
          + ["-o", "kernels", source.path, "-lm"], in: folder)
      #expect(build.status == 0, "\(build.error)")
      let run = try ProcessResult(["./kernels"], in: folder)
      #expect(run.status == 0, "\(run.error)")
    }
  }
}
