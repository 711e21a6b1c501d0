import ArgumentParser
import Foundation
import SpikeIR

@main
struct Spikec: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spikec",
    abstract: "Compiles a trained CNN into a spiking neural network.",
    discussion: """
      The CNN is a Keras model (.h5). The spiking network is standalone C, or an IR dump. A first
      try:
        spikec compile net.h5 --calibrate train.npz --scale 255 --timesteps 64 -o out
        make -C out && out/net_main test.npz
      """,
    version: "spikec 0.1.0",
    subcommands: [
      Compile.self, Evaluate.self, Run.self, Inspect.self, Opt.self, Passes.self,
    ])

  /// Runs the command line; every error is one message on standard error and exit code 1.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let diagnostic as Diagnostic {
      Console.fail(diagnostic.description)
    } catch {
      if exitCode(for: error).isSuccess { exit(withError: error) }
      Console.fail(message(for: error))
    }
  }
}
