import ArgumentParser
import SpikeIR
import SpikePasses
import SpikeSerialization

struct Opt: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run passes on an IR file and print or write the result.")

  @Argument(help: "The IR (.spk).")
  var file: String

  @Option(help: ArgumentHelp("The passes, as in \"canonicalize,hoist-relu\".", valueName: "list"))
  var passes: String = ""

  @Option(help: ArgumentHelp("Inputs to choose scales from (.npz or .npy).", valueName: "data"))
  var calibrate: String?

  @OptionGroup var ir: IROptions

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The file to write; without it the IR is printed.", valueName: "file"))
  var output: String?

  func run() throws {
    if let output { try OutputPath.checkFile(output) }
    var graph = try IRFile.read(file)
    var calibration: CalibrationData?
    if let calibrate, let input = graph.inputs.first {
      let data = try Dataset(calibrate, for: graph[input].type)
      calibration = CalibrationData(data.samples, progress: Console.progress)
    }
    let manager = try PassManager(
      Pipeline(parsing: passes), on: graph.facts, stopAfter: ir.stopAfter)
    try manager.run(
      &graph, calibration: calibration, observers: ir.observers(), warn: Console.warn)
    if let output {
      try IRFile.write(graph, to: output)
    } else {
      print(graph.text(), terminator: "")
    }
  }
}
