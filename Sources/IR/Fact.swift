/// What a pass has made true of a graph; the verifier re-proves each after every pass.
public enum Fact: String, Hashable, Sendable, CaseIterable {
  /// No batch-norm is left.
  case batchNormFolded = "batch-norm-folded"
  /// Every linear value is used once, by a population, a sum, or as an output, perhaps through
  /// structure; nothing else needs a sign.
  case currentsResolved = "currents-resolved"
  /// Every population has its λ, chosen so that its currents are what one spike per step carries.
  case currentsNormalized = "currents-normalized"
  /// No average pooling is left.
  case averagePoolingAbsorbed = "average-pooling-absorbed"
  /// Values between input and output are spikes, levels and currents.
  case spiking
  /// Weights, biases, thresholds and start charges are integers of proven range.
  case quantized
}
