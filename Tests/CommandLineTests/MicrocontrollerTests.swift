import Foundation
import TestSupport
import Testing

/// The example for microcontrollers, on an emulated Cortex-M4.
@Suite struct MicrocontrollerTests {
  private static let tools = [
    "arm-none-eabi-gcc", "qemu-system-arm", "python3",
  ]

  private static let areInstalled = tools.allSatisfy { tool in
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
  }

  /// The script fails where a prediction differs, or where the program has a heap.
  @Test(.enabled(if: areInstalled, "needs arm-none-eabi-gcc, qemu-system-arm and python3"))
  func predictsAsThisMachine() throws {
    let script = Golden.root.appendingPathComponent("examples/microcontroller/run.sh")
    try withTemporaryFolder { folder in
      let run = try Spikec.run(
        URL(fileURLWithPath: "/usr/bin/env"),
        ["SPIKEC=\(Spikec.executable.path)", script.path, folder.path, "digits"])
      #expect(run.exitCode == 0, "\(run.output) \(run.errors)")
      let equal = run.outputLines.filter { $0 == "100 predictions, equal to this machine's" }
      #expect(equal.count == 2, "\(run.output)")
      #expect(run.outputLines.contains { $0.hasPrefix("flash ") })
    }
  }
}
