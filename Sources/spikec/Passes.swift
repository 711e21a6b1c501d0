import ArgumentParser
import SpikeIR
import SpikePasses
import SpikeReport

struct Passes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the passes, their options, and what they require and establish.")

  @OptionGroup var output: OutputOptions

  func run() throws {
    try output.check()
    var passes = Table(
      "passes",
      [
        .init("name", "pass"), .init("summary", "what it does"), .init("requires", "requires"),
        .init("establishes", "establishes"),
      ])
    var options = Table(
      "options",
      [
        .init("pass", "pass"), .init("name", "option"), .init("standard", "standard"),
        .init("summary", "values"),
      ])
    for pass in Pipeline.passes {
      func names(_ facts: Set<Fact>) -> String {
        facts.sorted().map(\.rawValue).joined(separator: ", ")
      }
      passes.add([
        .text(pass.name), .text(pass.summary), .text(names(pass.requires)),
        .text(names(pass.establishes)),
      ])
      for option in pass.options {
        options.add([
          .text(pass.name), .text(option.name), .text(option.standard), .text(option.summary),
        ])
      }
    }
    try output.show([passes, options])
  }
}
