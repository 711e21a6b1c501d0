extension Target {
  /// This compiler's own neuron and all of its operations.
  static let generic = Target(
    name: "generic",
    summary: "This compiler's own neuron in C, exact and without limits.",
    formats: [.c])
}
