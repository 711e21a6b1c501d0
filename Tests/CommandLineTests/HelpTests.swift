import Foundation
import TestSupport
import Testing

/// What the command line says about itself.
@Suite struct HelpTests {
  private static let network = [
    "--input-shape", "--calibrate", "--scale", "--mean", "--std", "--normalize", "--percentile",
    "--per-layer", "--per-channel", "--threshold-residuals", "--spiking-pool", "--weight-bits",
    "--precision", "--readout", "--target", "--replace-max-pool", "--naive-export", "--passes",
    "--seed", "--schedule", "--options", "--margin",
  ]
  private static let ir = [
    "--print-ir-before", "--print-ir-after", "--dump-ir", "--stop-after", "--time-passes",
  ]
  static let options: [(command: String, options: [String])] = [
    (
      "compile",
      network + ir + ["--timesteps", "--emit", "-o", "--output", "--name", "--json", "--input"]
    ),
    (
      "evaluate",
      network + [
        "--timesteps", "--data", "--limit", "--ablation", "--populations", "--json", "--input",
        "--interpret", "--layers", "--plot", "--energy",
      ]
    ),
    (
      "tune",
      network + [
        "--data", "--max-loss", "--minimize", "--limit", "--budget", "--journal", "-o", "--json",
      ]
    ),
    (
      "run",
      network + [
        "--timesteps", "--input", "--coding", "--output", "--stage", "--limit", "--trace",
        "--interpret",
      ]
    ),
    ("inspect", ["--input-shape", "--json"]),
    ("opt", ir + ["--passes", "--calibrate", "-o", "--output"]),
    ("passes", ["--json"]),
    ("targets", ["--json"]),
    ("explore", network + ["--input", "-o", "--output"]),
  ]

  @Test(arguments: options)
  func helpMentionsEveryOption(command: String, options: [String]) throws {
    for arguments in [[command, "--help"], ["help", command], [command, "-h"]] {
      let run = try Spikec.succeed(arguments)
      let words = Set(run.output.split { " ,\n/[]".contains($0) }.map(String.init))
      for option in options { #expect(words.contains(option), "\(command) \(option)") }
      #expect(run.errors == "")
    }
  }

  @Test(arguments: options.map(\.command))
  func everyOptionIsExplained(command: String) throws {
    let run = try Spikec.succeed([command, "--experimental-dump-help"])
    let tool = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    let info = try #require(tool["command"] as? [String: Any])
    let arguments = try #require(info["arguments"] as? [[String: Any]])
    for argument in arguments {
      let abstract = argument["abstract"] as? String ?? ""
      #expect(!abstract.isEmpty, "\(command): \(argument["valueName"] ?? "")")
    }
  }

  @Test func withoutArgumentsItExplainsItself() throws {
    let run = try Spikec.succeed([])
    for (command, _) in HelpTests.options { #expect(run.output.contains(command)) }
    #expect(try Spikec.succeed(["--version"]).output.hasPrefix("spikec "))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsKnowTheCommands(shell: String) throws {
    let run = try Spikec.succeed(["--generate-completion-script", shell])
    for (command, _) in HelpTests.options { #expect(run.output.contains(command)) }
    #expect(run.output.contains("threshold-residuals"))
    if shell == "bash" {
      try withTemporaryFolder { folder in
        let script = folder.appendingPathComponent("spikec.bash")
        try Data(run.output.utf8).write(to: script)
        let bash = URL(fileURLWithPath: "/usr/bin/env")
        #expect(try Spikec.run(bash, ["bash", "-n", script.path]).exitCode == 0)
      }
    }
  }

  @Test func nothingButTextGoesToFiles() throws {
    let wrong = try Spikec.run(["compile", "nothing.h5", "-o", "x"])
    #expect(!wrong.errors.contains("\u{1B}") && !wrong.errors.contains("\r"))
    let right = try Spikec.succeed(
      ["evaluate", Digits.model] + Digits.calibration + [
        "--data", Digits.test, "--limit", "5", "--timesteps", "4",
      ])
    #expect(right.errors == "", "no progress if nobody watches")
    #expect(!right.output.contains("\u{1B}"))
  }
}
