import ArgumentParser
import SpikeBackend
import SpikeExecution
import SpikeIR

/// How spiking networks are run.
struct ExecutionOptions: ParsableArguments {
  @Flag(
    help: "Run the spiking network by the reference interpreter, and not as C compiled by cc.")
  var interpret = false

  /// What runs `graph`.
  ///
  /// - Throws: a `Diagnostic` if it cannot be run.
  func executor(_ graph: Graph) throws -> any SpikingExecutor {
    if interpret { return try SpikingInterpreter(graph) }
    return try FastestExecutor(graph, note: Console.remark)
  }
}
