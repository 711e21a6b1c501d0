import SpikeExecution
import SpikeIR
import SpikeTargets

/// The NIR file of a quantised graph that a target's passes have brought within NIR.
///
/// Weights are divided by the thresholds, which are powers of two, so every number is exact; all
/// neurons have threshold 1. The input is the level of each element, at every timestep.
public struct NIRTarget {
  private let network: NIRNetwork

  /// Prepares to write a graph.
  ///
  /// - Parameter classNames: what the elements of the output stand for; none, or as many.
  /// - Throws: a `Diagnostic` for a graph that is not quantised, or has what NIR cannot express;
  ///   a `DiagnosticList` if there are several.
  public init(_ graph: Graph, target: Target, timesteps: Int, classNames: [String] = []) throws {
    guard graph.facts.contains(.quantized) else {
      throw Diagnostic(
        "NIR is written from exact integers, and this graph has not been quantised",
        notes: ["leave out --precision float, or run quantize-weights"])
    }
    guard graph.outputs.count == 1 else {
      throw Diagnostic("NIR files have one output, the network has \(graph.outputs.count)")
    }
    let outputs = graph[graph.outputs[0]].type.count
    guard classNames.isEmpty || classNames.count == outputs else {
      throw Diagnostic("there are \(classNames.count) class names for \(outputs) outputs")
    }
    var emitter = NIREmitter(graph, target)
    for node in graph.nodes { emitter.visit(node) }
    try DiagnosticList(emitter.found).throwIfAny()
    var network = emitter.network
    network.metadata = NIRMetadata(graph, target, timesteps).fields + emitter.inputFields
    if !classNames.isEmpty { network.metadata.append(("class_names", .texts(classNames))) }
    self.network = network
  }

  /// The network as it stands in the file.
  public var contents: NIRNetwork { network }

  /// Writes the file.
  ///
  /// - Throws: a `Diagnostic` if it cannot be written; what was there stays then.
  public func write(to path: String) throws { try network.write(to: path) }
}
