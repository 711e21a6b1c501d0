/// How the neurons of a population fire: what simulators and chips differ in.
///
/// Per timestep `V = decay · V + 2^fractionBits · I + k`; then n spikes are sent, the most for which
/// `V >= n · θ` (or `V > n · θ`) and n is at most `spikes`; then `V -= n · θ`, or `V = 0` where
/// n > 0; then V is raised to `floor · θ` if it lies below. The spikes reach what takes them, and
/// the counts of an output, `delay` timesteps later.
public struct Neuron: Hashable, Sendable {
  /// What a spike does to the membrane.
  public enum Reset: String, Hashable, Sendable, CaseIterable {
    /// `V -= θ` for each spike.
    case subtract
    /// `V = 0`.
    case zero
  }

  /// How the membrane is compared with the threshold.
  public enum Comparison: String, Hashable, Sendable, CaseIterable {
    /// `V >= θ`.
    case reached
    /// `V > θ`.
    case exceeded
  }

  /// What a spike does to the membrane.
  public var reset: Reset
  /// How the membrane is compared with the threshold.
  public var comparison: Comparison
  /// The most spikes of one timestep, 1 to 127.
  public var spikes: Int
  /// The least that V can be after a timestep, in thresholds (-1 for -θ); nil for no limit.
  public var floor: Int?
  /// By how many timesteps the spikes come later, 0 to 255.
  public var delay: Int
  /// What is left of V after a timestep, above 0 and at most 1; 1 for no leak.
  public var decay: Double

  /// A neuron; what is left out is as the generic neuron has it.
  public init(
    reset: Reset = .subtract, comparison: Comparison = .reached, spikes: Int = 1,
    floor: Int? = nil, delay: Int = 0, decay: Double = 1
  ) {
    self.reset = reset
    self.comparison = comparison
    self.spikes = spikes
    self.floor = floor
    self.delay = delay
    self.decay = decay
  }

  /// This compiler's own neuron: `V >= θ`, one spike at a time, reset by subtraction.
  public static let generic = Neuron()

  /// Whether it is the generic neuron but for how many spikes it may send at a timestep.
  ///
  /// No charge is lost then, and none comes late: layerwise, when all of it has arrived, T
  /// timesteps send `clamp(⌊V / θ⌋, 0, T · spikes)`, whatever the order in which it came. With n
  /// spikes it sends at every timestep what n generic neurons send together that have the same
  /// currents, the threshold n · θ, and the starts V(0), V(0) + θ, ... V(0) + (n - 1) · θ.
  public var keepsCharge: Bool {
    var one = self
    one.spikes = 1
    return one == .generic
  }

  /// Reads a neuron from attributes.
  init(reading attributes: inout AttributeReader) throws {
    reset = try attributes.symbol("reset", .subtract)
    comparison = try attributes.symbol("fires_if", .reached)
    spikes = try attributes.integer("spikes", 1)
    floor = try attributes.optionalInteger("floor")
    delay = try attributes.integer("delay", 0)
    decay = try attributes.real("decay", 1)
  }

  /// The attributes, without those that are as the generic neuron has them.
  var attributes: [Attribute] {
    var list: [Attribute] = []
    if reset != .subtract { list.append(Attribute("reset", .symbol(reset.rawValue))) }
    if comparison != .reached { list.append(Attribute("fires_if", .symbol(comparison.rawValue))) }
    if spikes != 1 { list.append(Attribute("spikes", .integer(spikes))) }
    if let floor { list.append(Attribute("floor", .integer(floor))) }
    if delay != 0 { list.append(Attribute("delay", .integer(delay))) }
    if decay != 1 { list.append(Attribute("decay", .real(decay))) }
    return list
  }

  /// Checks the numbers.
  ///
  /// - Throws: a `Diagnostic` about the first that is out of its range.
  func check() throws {
    guard (1...127).contains(spikes) else { throw Diagnostic("spikes is 1 to 127") }
    guard spikes == 1 || comparison == .reached else {
      throw Diagnostic("several spikes a timestep go with fires_if=reached only")
    }
    guard floor.map({ (-1024...0).contains($0) }) ?? true else {
      throw Diagnostic("floor is -1024 to 0 thresholds")
    }
    guard (0...255).contains(delay) else { throw Diagnostic("delay is 0 to 255 timesteps") }
    guard decay > 0, decay <= 1 else { throw Diagnostic("decay is above 0 and at most 1") }
  }
}

extension Graph {
  /// The first population whose neurons lose charge or send it later: from it on, the order of
  /// spikes matters, and only the pipelined schedule has a meaning.
  public var specialPopulation: Node? {
    nodes.first { node in
      guard case .fire(let fire) = node.operation else { return false }
      return !fire.neuron.keepsCharge
    }
  }
}
