import SpikeIR

/// What runs the spiking network, described in data: the neuron that it has, what its networks may
/// hold, and the files that it takes.
///
/// Passes bring a graph within a target (`Pipeline`), the interpreter runs the target's neuron, and
/// what cannot be brought there is refused with the layer and the limit.
public struct Target: Sendable, Equatable {
  /// The name on the command line.
  public var name: String
  /// What it is, and the release that its neuron was checked on.
  public var summary: String
  /// The neuron that it runs.
  public var neuron: Neuron = .generic
  /// Where membranes start.
  public var start = Start.anywhere
  /// What its networks may hold.
  public var limits = Limits()
  /// The files that it takes.
  public var formats: [FileFormat]
  /// How its neurons are written in NIR.
  public var nirNeuron = NIRNeuron.integrateAndFire
  /// What a user should know besides, one sentence each.
  public var remarks: [String] = []

  /// Neurons of NIR.
  public enum NIRNeuron: String, Sendable {
    /// `IF`.
    case integrateAndFire = "IF"
    /// `LIF` of so long a time constant that nothing leaks in 32-bit floats.
    case leaky = "LIF"
  }

  /// Where the membranes of a target start.
  public enum Start: String, Sendable {
    /// At any charge that the network gives.
    case anywhere
    /// At 0, whatever the network gives.
    case zero
  }

  /// All targets, in the order in which they are listed.
  public static let all: [Target] = [
    .generic, .nir, .sinabs, .norse, .snntorch, .spikingjelly, .spyx, .speck, .nest,
  ]

  /// The target with the given name.
  ///
  /// - Throws: a `Diagnostic` with the nearest name if there is none.
  public static func named(_ name: String) throws -> Target {
    if let target = all.first(where: { $0.name == name }) { return target }
    let names = all.map(\.name)
    let near = name.nearest(in: names).map { "did you mean '\($0)'?" }
    throw Diagnostic(
      "there is no target '\(name)'",
      notes: [near ?? "targets are " + names.joined(separator: ", "), "see 'spikec targets'"])
  }
}

/// A form in which networks are written.
public enum FileFormat: String, Sendable, CaseIterable {
  /// A folder of standalone C99.
  case c
  /// The neuromorphic intermediate representation, one HDF5 file.
  case nir
  /// Every neuron and synapse on its own, in HDF5, CSV and JSON.
  case sonata
}
