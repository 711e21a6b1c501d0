import SpikeIR

extension Pass {
  /// Gives every linear value that needs a sign a pair of populations, one for each sign.
  ///
  /// A spike train has no sign. A linear value x that goes into a sum, a rectification or the
  /// output is a current and may be negative; anywhere else it becomes `relu(x) - relu(-x)`, and
  /// its consumers take both parts with opposite weights. A leaky rectification becomes
  /// `relu(x) - slope · relu(-x)` in the same way.
  ///
  ///     %x = conv2d %a; %y = conv2d %x   ->   %p = relu %x; %n = relu (conv2d %a with -W)
  ///                                           %y = add (conv2d %p), (conv2d %n with -W)
  static let splitSigned = Pass(
    name: "split-signed",
    summary: "Gives every linear value that needs a sign a pair of populations.",
    requires: [.batchNormFolded],
    establishes: [.currentsResolved],
    preserves: .within(1e-4)
  ) { graph, _ in
    var splitter = SignSplitter(graph)
    try splitter.run()
    graph = splitter.graph
    graph.removeDeadNodes()
  }
}
