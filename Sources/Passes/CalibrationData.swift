import SpikeExecution

/// The inputs that scales are chosen from, and where progress is shown.
public struct CalibrationData: Sendable {
  /// The inputs as the graph takes them.
  public var source: any SampleSource
  /// Is told what is being done, how many samples are done, and how many there are.
  public var progress: @Sendable (String, Int, Int) -> Void
  /// The activations, with histograms, of the graph that comes to `normalize-currents`, where they
  /// are known: compilations of one network by many options measure them once.
  public var statistics: ActivationStatistics?

  /// Calibration inputs.
  public init(
    _ source: any SampleSource,
    progress: @escaping @Sendable (String, Int, Int) -> Void = { _, _, _ in }
  ) {
    self.source = source
    self.progress = progress
  }

  /// A counter that adds up chunks of samples and shows their sum under a title.
  func counter(_ title: String) -> @Sendable (Int) -> Void { counter(title, of: source.count) }

  /// The same for other things than samples.
  func counter(_ title: String, of total: Int) -> @Sendable (Int) -> Void {
    let done = Counter()
    return { progress(title, done.add($0), total) }
  }
}
