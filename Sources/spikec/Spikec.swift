import ArgumentParser
import Foundation
import SpikeIR

@main
struct Spikec: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spikec",
    abstract: "Compiles a trained CNN into a spiking neural network.",
    discussion: """
      The CNN is a Keras (.h5, .keras) or ONNX model. The spiking network is standalone C, or an IR dump. A first
      try:
        spikec compile net.h5 --calibrate train.npz --scale 255 --timesteps 64 -o out
        make -C out && out/out_main test.npz
      """,
    version: "spikec 0.1.0",
    subcommands: [
      Compile.self, Evaluate.self, Run.self, Inspect.self, Tune.self, Opt.self, Passes.self,
      Targets.self, Explore.self,
    ])

  /// Runs the command line; every error is one message on standard error and exit code 1.
  static func main() {
    do {
      var command = try parsed(Array(CommandLine.arguments.dropFirst()))
      try command.run()
    } catch let diagnostic as Diagnostic {
      Console.fail(diagnostic.description)
    } catch let list as DiagnosticList {
      Console.fail(list.description)
    } catch {
      if exitCode(for: error).isSuccess { exit(withError: error) }
      Console.fail(message(for: error))
    }
  }

  /// The command that the arguments ask for.
  ///
  /// - Throws: a `Diagnostic` for wrong arguments; what ArgumentParser throws for requests such as
  ///   `--help`.
  private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
    let names = configuration.subcommands.map { "\($0)".lowercased() }
    let first = arguments.first ?? ""
    if !first.isEmpty, !first.hasPrefix("-"), first != "help", !names.contains(first) {
      let near = first.nearest(in: names).map { "did you mean '\($0)'?" }
      throw Diagnostic(
        "there is no command '\(first)'",
        notes: [near ?? "commands are " + names.joined(separator: ", "), "see 'spikec --help'"])
    }
    do {
      return try parseAsRoot(SettingsFile.expanded(arguments))
    } catch {
      if exitCode(for: error).isSuccess { throw error }
      let command = names.contains(first) ? "spikec \(first)" : "spikec"
      let lines = message(for: error).split(separator: "\n").map(String.init)
      let first = lines.first ?? "the arguments are wrong"
      throw Diagnostic(
        first.prefix(1).lowercased() + first.dropFirst(),
        notes: lines.dropFirst() + ["see '\(command) --help'"])
    }
  }
}
