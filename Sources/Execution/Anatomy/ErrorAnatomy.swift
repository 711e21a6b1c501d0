import SpikeIR

/// One network at three stages of its compilation; populations keep their names.
public struct ConversionStages: Sendable {
  /// As `lower-to-spiking` and `threshold-residuals` leave it: floats, from which the CNN can be
  /// told.
  public let mapped: Graph
  /// Before quantisation.
  public let fitted: Graph
  /// What runs.
  public let final: Graph

  /// The stages of a network.
  public init(mapped: Graph, fitted: Graph, final: Graph) {
    (self.mapped, self.fitted, self.final) = (mapped, fitted, final)
  }
}

/// Where a spiking network differs from the CNN that it was made of, layer by layer; see
/// `ErrorPart` for what the parts are.
public struct ErrorAnatomy: Sendable {
  /// When populations fire.
  public let schedule: Schedule
  /// T.
  public let timesteps: Int
  /// The number of samples that were looked at.
  public let samples: Int
  /// How many of them the CNN gets right.
  public private(set) var cnnCorrect = 0
  /// How many of them the spiking network gets right.
  public private(set) var correct = 0
  /// The populations in network order, and the read-out.
  public private(set) var layers: [LayerError]
  /// The sum of squares of the CNN's logits around their mean in each sample.
  private var logitSquare = 0.0

  /// Runs the network and the CNN on all samples of `source`.
  ///
  /// - Parameters:
  ///   - executor: of the final stage.
  ///   - labels: one for each sample.
  /// - Throws: a `Diagnostic` if the stages do not belong together, or the samples do not fit.
  public static func measure(
    _ stages: ConversionStages, _ executor: any SpikingExecutor, _ source: any SampleSource,
    labels: [Int], _ schedule: Schedule, timesteps: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> ErrorAnatomy {
    let dissection = try Dissection(stages, executor, schedule, timesteps: timesteps)
    let empty = ErrorAnatomy(
      schedule: schedule, timesteps: timesteps, samples: source.count, layers: dissection.layers)
    let parts = try executor.watch(source, schedule, timesteps: timesteps) { sample in
      defer { progress(1) }
      var part = empty
      part.note(sample, label: labels[sample.number], dissection)
      return part
    }
    return parts.reduce(into: empty) { $0.add($1) }
  }

  private mutating func note(_ sample: WatchedSample, label: Int, _ dissection: Dissection) {
    let cnn = dissection.replay.values(sample.values)
    let logits = cnn[dissection.output]!
    let mean = logits.reduce(0) { $0 + Double($1) } / Double(logits.count)
    logitSquare = logits.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    cnnCorrect = largest(logits) == label ? 1 : 0
    correct = largest(sample.result.outputs[0].map { Float($0) }) == label ? 1 : 0
    let values = dissection.values(cnn, sample)
    for i in layers.indices {
      let alone = dissection.note(&layers[i], cnn, values, sample)
      layers[i].aloneCorrect = largest(alone) == label ? 1 : 0
      layers[i].aloneSquare = zip(alone, logits).reduce(0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
      }
    }
  }

  private func largest(_ logits: [Float]) -> Int { logits.firstIndex(of: logits.max()!)! }

  private mutating func add(_ other: ErrorAnatomy) {
    cnnCorrect += other.cnnCorrect
    correct += other.correct
    logitSquare += other.logitSquare
    for i in layers.indices { layers[i].add(other.layers[i]) }
  }

  private init(schedule: Schedule, timesteps: Int, samples: Int, layers: [LayerError]) {
    self.schedule = schedule
    self.timesteps = timesteps
    self.samples = samples
    self.layers = layers
  }

  /// How far the logits move if only this layer spikes, relative to their spread: the root mean
  /// square of the one over that of the other.
  public func aloneError(_ layer: LayerError) -> Double {
    logitSquare > 0 ? (layer.aloneSquare / logitSquare).squareRoot() : 0
  }

  /// Points of accuracy that the layer costs if only it spikes.
  public func aloneLoss(_ layer: LayerError) -> Double {
    100 * Double(cnnCorrect - layer.aloneCorrect) / Double(samples)
  }

  /// The layer that moves the logits most; nil if none moves them.
  public var layerAtFault: LayerError? {
    layers.filter { $0.aloneSquare > 0 }.max { $0.aloneSquare < $1.aloneSquare }
  }
}
