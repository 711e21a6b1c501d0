import ArgumentParser
import Foundation
import SpikeIR
import SpikePasses
import SpikeReport
import SpikeSerialization

/// The options that show the IR between passes; the same for compile and opt.
struct IROptions: ParsableArguments {
  @Option(help: ArgumentHelp("Print the IR before this pass, or all.", valueName: "pass"))
  var printIRBefore: [String] = []

  @Option(help: ArgumentHelp("Print the IR after this pass, or all.", valueName: "pass"))
  var printIRAfter: [String] = []

  @Option(help: ArgumentHelp("Write the IR after every pass here.", valueName: "folder"))
  var dumpIR: String?

  @Option(help: ArgumentHelp("Stop after this pass.", valueName: "pass"))
  var stopAfter: String?

  @Flag(help: "Print how long each pass took.")
  var timePasses = false

  /// Whether the options alone make a compilation show something.
  var showsSomething: Bool {
    dumpIR != nil || !printIRAfter.isEmpty || !printIRBefore.isEmpty || timePasses
  }

  /// What watches the passes, as the options ask.
  ///
  /// - Throws: a `Diagnostic` for a pass that does not exist, or a folder that cannot be written.
  func observers() throws -> [any PassObserver] {
    let names = Pipeline.passes.map(\.name)
    for name in printIRBefore + printIRAfter where name != "all" && !names.contains(name) {
      let near = name.nearest(in: names).map { ["did you mean '\($0)'?"] } ?? []
      throw Diagnostic("there is no pass '\(name)'", notes: near)
    }
    var list: [any PassObserver] = [
      IRPrinter(before: Set(printIRBefore), after: Set(printIRAfter))
    ]
    if let dumpIR { list.append(IRDumper(directory: try DumpDirectory(dumpIR))) }
    if timePasses { list.append(PassTimer()) }
    return list
  }
}

/// Prints the IR on standard output.
private struct IRPrinter: PassObserver {
  let before: Set<String>
  let after: Set<String>

  func willStart(_ graph: Graph) {}

  func willRun(_ run: PassRun, index: Int, _ graph: Graph) {
    guard before.contains("all") || before.contains(run.pass.name) else { return }
    print("// before \(run.text)\n\(graph.text())")
  }

  func didRun(_ run: PassRun, index: Int, before: Graph, after graph: Graph, took: Duration) {
    guard after.contains("all") || after.contains(run.pass.name) else { return }
    print("// after \(run.text)\n\(graph.text())")
  }
}

/// Writes the IR into a folder.
private struct IRDumper: PassObserver {
  let directory: DumpDirectory

  func willStart(_ graph: Graph) throws {
    try directory.add(graph, index: 0, pass: "import")
  }

  func willRun(_ run: PassRun, index: Int, _ graph: Graph) {}

  func didRun(_ run: PassRun, index: Int, before: Graph, after: Graph, took: Duration) throws {
    try directory.add(after, index: index + 1, pass: run.pass.name)
  }
}

/// Prints the time of each pass on standard error.
private struct PassTimer: PassObserver {
  func willStart(_ graph: Graph) {}
  func willRun(_ run: PassRun, index: Int, _ graph: Graph) {}

  func didRun(_ run: PassRun, index: Int, before: Graph, after: Graph, took: Duration) {
    let seconds = Double(took.components.attoseconds) * 1e-18 + Double(took.components.seconds)
    Console.note("\((seconds * 1000).fixed(1)) ms  \(run.text)")
  }
}
