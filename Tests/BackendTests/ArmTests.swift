import Foundation
import SpikeBackend
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

/// The emitted C on 64-bit Arm, by a cross compiler and QEMU: plain, with NEON, with dot products.
@Suite(
  .enabled(
    if: isInstalled("aarch64-linux-gnu-gcc") && isInstalled("qemu-aarch64"),
    "needs a cross compiler for aarch64 and qemu-aarch64"))
struct ArmTests {
  private static let toolchains = [
    ["-O1", "-DSPIKEC_NO_SIMD"], ["-O2"], ["-O2", "-march=armv8.2-a+dotprod"],
  ].map {
    Toolchain(
      compiler: "aarch64-linux-gnu-gcc", flags: $0 + ["-static"],
      launcher: ["qemu-aarch64", "-cpu", "max"])
  }

  /// The interpreter on this machine and the program on Arm give the same spikes.
  @Test(arguments: [UInt64](0..<5), Schedule.allCases)
  func sameSpikes(_ seed: UInt64, _ schedule: Schedule) throws {
    let graph = try SpikeForSpikeTests.graph(seed)
    try withTemporaryFolder { folder in
      try expectSameSpikes(
        graph, SpikeForSpikeTests.samples(of: seed), schedule, timesteps: 9, Self.toolchains,
        kernels: ["-DSPIKEC_ALL"], in: folder)
    }
  }

  /// Each kernel against plain sums; the program tells how many instruction sets took part.
  @Test(arguments: Array(zip(toolchains, ["1", "2", "3"])))
  func kernelsAgree(_ toolchain: Toolchain, _ sets: String) throws {
    try withTemporaryFolder { folder in
      let program = try EmittedProgram(
        RandomSpikingGraph(seed: 1).graph, .layerwise, timesteps: 4, at: folder)
      let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("C/packed.c").path
      let build = try ProcessResult(
        [toolchain.compiler, "-std=c99", "-I", "."] + toolchain.flags + Toolchain.warnings
          + ["-o", "net_main", source, "-lm"], in: folder)
      #expect(build.status == 0, "\(build.error)")
      let run = try program.run([], launcher: toolchain.launcher)
      #expect(run.status == 0 && run.output == sets + "\n", "\(run.output) \(run.error)")
    }
  }
}
