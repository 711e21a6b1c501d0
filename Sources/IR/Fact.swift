/// What a pass has made true of a graph; the verifier re-proves each after every pass.
public enum Fact: String, Hashable, Sendable, CaseIterable {
  /// No batch-norm is left.
  case batchNormFolded = "batch-norm-folded"
  /// Every linear value feeds one population, sum or output; nothing else needs a sign.
  case currentsResolved = "currents-resolved"
  /// Every population has its λ, so that no current exceeds what one spike per step can carry.
  case currentsNormalized = "currents-normalized"
  /// No average pooling is left.
  case averagePoolingAbsorbed = "average-pooling-absorbed"
  /// Values between input and output are spikes, levels and currents.
  case spiking
  /// Weights, biases, thresholds and start charges are integers of proven range.
  case quantized
}
