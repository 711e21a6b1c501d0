import ArgumentParser
import SpikeIR
import SpikeReport

/// Where tables go besides the terminal.
struct OutputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Write everything that is printed as JSON too.", valueName: "file"))
  var json: String?

  /// Checks that the file can be written, before the work whose result it takes.
  ///
  /// - Throws: a `Diagnostic` that names it.
  func check() throws {
    if let json { try OutputPath.checkFile(json) }
  }

  /// Prints tables, and writes them as JSON if the user asked for it.
  ///
  /// - Throws: a `Diagnostic` if the file cannot be written.
  func show(_ tables: [Table], facts: [(String, JSON)] = []) throws {
    for table in tables { print(table.text + "\n") }
    guard let json else { return }
    let object = JSON.object(facts + tables.map { ($0.name, $0.json) })
    try OutputPath.write(object.text + "\n", to: json)
  }
}
