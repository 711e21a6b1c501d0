import ArgumentParser

@main
struct Spikec: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spikec", abstract: "Compiles a trained CNN into a spiking neural network.",
    version: "0.1.0")
}
