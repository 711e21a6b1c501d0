/// When a population integrates and fires.
public enum Schedule: String, Sendable, CaseIterable {
  /// A population integrates its whole input train, then fires: only counts matter.
  case layerwise
  /// Every population steps at every timestep on the spikes of the same timestep.
  case pipelined
}
