import SpikeIR

/// How each node type of NIR 1.0 becomes operations: a row each.
enum NirNodeTable {
  /// Builds a node from what drives it.
  typealias Builder = @Sendable (inout NirContext, NirNode, [NirSignal]) throws -> [NirSignal]

  private static let rows: [(type: String, builder: Builder)] = [
    ("Input", { try $0.input($1, $2) }),
    ("Output", { _, _, terms in terms }),
    ("Affine", { try $0.linear($1, $2) { try $0.dense($1, $2) } }),
    ("Linear", { try $0.linear($1, $2) { try $0.dense($1, $2) } }),
    ("Conv1d", { try $0.linear($1, $2) { try $0.convolution($1, $2, rank: 1) } }),
    ("Conv2d", { try $0.linear($1, $2) { try $0.convolution($1, $2, rank: 2) } }),
    ("Scale", { try $0.scale($1, $2) }),
    ("Flatten", { try $0.flatten($1, $2) }),
    ("SumPool2d", { try $0.pool($1, $2, averages: false) }),
    ("AvgPool2d", { try $0.pool($1, $2, averages: true) }),
    ("IF", { try $0.neurons($1, $2) }),
    ("LIF", { try $0.neurons($1, $2) }),
    ("I", { try $0.integrator($1, $2) }),
    ("LI", { try $0.integrator($1, $2) }),
    ("Delay", { try $0.delay($1, $2) }),
  ]

  private static let refused: [(type: String, reason: String, advice: String)] = [
    (
      "CubaLIF",
      "has a synaptic current of its own that decays with tau_syn, which no population"
        + " has", "train and export it with LIF neurons (snnTorch: Leaky in place of Synaptic)"
    ),
    (
      "CubaLI", "has a synaptic current of its own that decays with tau_syn, which no read-out has",
      "read out with LI or with the last Affine alone"
    ),
    (
      "Threshold",
      "compares without memory: 1 where its input lies above the threshold, which no"
        + " population does", "put an IF in its place"
    ),
  ]

  /// Builds one node.
  ///
  /// - Throws: a `Diagnostic` if its type is unknown or has no counterpart.
  static func build(_ node: NirNode, _ terms: [NirSignal], _ context: inout NirContext) throws
    -> [NirSignal]
  {
    if let row = rows.first(where: { $0.type == node.type }) {
      return try row.builder(&context, node, terms)
    }
    if let row = refused.first(where: { $0.type == node.type }) {
      throw node.diagnostic("\(node.type) \(row.reason)", notes: [row.advice])
    }
    let types = rows.map(\.type) + refused.map(\.type)
    let near = node.type.nearest(in: types).map { ["did you mean \($0)?"] } ?? []
    throw node.diagnostic(
      "its type '\(node.type)' is none of NIR 1.0",
      notes: near + ["types are " + types.joined(separator: ", ")])
  }
}
