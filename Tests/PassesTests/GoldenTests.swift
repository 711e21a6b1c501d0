import Foundation
import SpikeExecution
import SpikeIR
import TestSupport
import Testing

@testable import SpikePasses

/// Every file under `Tests/Golden/passes`.
@Suite struct GoldenTests {
  static let folder = "Tests/Golden/passes"
  static let files = Golden.files(in: folder, suffix: ".spk")
  /// What changes something each time: data are scaled again, measured again, coded again.
  private static let notIdempotent: Set = [
    "normalize-input", "normalize-currents", "lower-to-spiking", "calibrate-membranes",
    "code-input",
  ]
  /// Enough timesteps for a count to stand for its value within a percent.
  private static let timesteps = 1000

  @Test(arguments: files) func givesWhatIsRecorded(_ path: String) throws {
    let golden = try PassCase(path)
    let folder = path.split(separator: "/").dropLast().last
    #expect(folder.map(String.init) == golden.pass.name)
    #expect(try Graph(parsing: golden.input.whole).whole == golden.input.whole)
    let output: Graph
    do {
      output = try golden.run(golden.input)
    } catch let diagnostic as Diagnostic {
      return try Golden.expect(golden.file("refused: \(diagnostic)\n"), at: path)
    } catch let list as DiagnosticList {
      return try Golden.expect(golden.file("refused: \(list)\n"), at: path)
    }
    try Golden.expect(golden.file(output.whole), at: path)
    try output.verify()
    #expect(try Graph(parsing: output.whole).whole == output.whole)
    if !Self.notIdempotent.contains(golden.pass.name) {
      #expect(try golden.run(output).whole == output.whole, "running it twice is not once")
    }
    try checkMeaning(golden, output)
  }

  private func checkMeaning(_ golden: PassCase, _ output: Graph) throws {
    let (input, samples) = (golden.input, golden.calibration)
    if golden.isAblation { return }
    switch golden.pass.preserves {
    case .exact where input.facts.contains(.spiking):
      let timesteps = input.timesteps ?? Self.timesteps
      #expect(
        try input.spikingOutputs(samples, timesteps: timesteps, .pipelined)
          == output.spikingOutputs(samples, timesteps: timesteps, .pipelined))
    case .exact:
      #expect(try input.trueOutputs(samples) == output.trueOutputs(samples))
    case .within(let epsilon):
      let found = difference(try input.trueOutputs(samples), try output.trueOutputs(samples))
      #expect(found <= Float(epsilon))
    case .changesMeaning:
      try checkSpikes(input, output, samples)
    }
  }

  /// A pass of the spiking stage may change counts by a little.
  private func checkSpikes(_ input: Graph, _ output: Graph, _ samples: Samples) throws {
    guard output.facts.contains(.spiking) else { return }
    // Neurons that fire in another way give other counts; NeuronTests says which.
    guard input.specialPopulation == nil, output.specialPopulation == nil else { return }
    let timesteps = output.timesteps ?? Self.timesteps
    let before =
      input.facts.contains(.spiking)
      ? try input.spikingOutputs(samples, timesteps: timesteps) : try input.trueOutputs(samples)
    let after = try output.spikingOutputs(samples, timesteps: timesteps)
    #expect(difference(before, after) < 0.05)
  }

  /// Sources whose name is in `Pipeline.passes` and those that are not.
  @Test func everyPassFileIsListed() throws {
    let names = Golden.files(in: "Sources/Passes", suffix: ".swift").flatMap { path in
      Golden.read(path).matches(of: /= Pass\(\s*name: "([^"]*)"/).map { String($0.1) }
    }
    #expect(Set(names) == Set(Pipeline.passes.map(\.name)))
    #expect(names.count == Pipeline.passes.count)
  }

  @Test(arguments: Pipeline.passes.map(\.name)) func everyPassHasCases(_ name: String) throws {
    let own = Self.files.filter { $0.hasPrefix("\(Self.folder)/\(name)/") }
    let cases = try own.map(PassCase.init)
    let outcomes = cases.map { golden -> Bool in
      let output = try? golden.run(golden.input)
      return output != nil && output?.text() != golden.input.text()
    }
    if name.hasPrefix("check-") {
      let refused = cases.count { golden in (try? golden.run(golden.input)) == nil }
      #expect(refused >= 2 && refused < cases.count, "a check refuses two cases and passes one")
      return
    }
    #expect(outcomes.count { $0 } >= 2, "a pass has two cases at least that it rewrites")
    #expect(outcomes.contains(false), "a pass has a case that it leaves alone or refuses")
  }
}
