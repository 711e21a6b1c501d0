import SpikeExecution

/// An error anatomy as tables and a sentence.
public struct AnatomyReport {
  private let anatomy: ErrorAnatomy

  /// A report of an anatomy.
  public init(_ anatomy: ErrorAnatomy) { self.anatomy = anatomy }

  private static let setting: [Table.Column] = [
    .init("schedule", "schedule"), .init("timesteps", "T"), .init("layer", "layer"),
  ]

  private func setting(_ layer: LayerError) -> [Table.Cell] {
    [.text(anatomy.schedule.rawValue), .integer(anatomy.timesteps), .text(layer.name)]
  }

  /// The errors of each layer: in percent of the root mean square of its activations, and the
  /// shares of the parts in the mean squared error, which add up to 100.
  public static func errors(_ anatomies: [ErrorAnatomy]) -> Table {
    var table = Table(
      "layer_errors",
      setting + [
        .init("activation_rms", "activation"), .init("mean_error_percent", "mean %"),
        .init("rms_error_percent", "error %"), .init("own_rms_error_percent", "own %"),
      ] + ErrorPart.allCases.map { .init("\($0.rawValue)_share_percent", title($0)) } + [
        .init("alone_logit_error_percent", "alone %"), .init("alone_loss", "loss"),
      ])
    for anatomy in anatomies {
      let report = AnatomyReport(anatomy)
      for layer in anatomy.layers {
        table.add(report.setting(layer) + report.errors(layer))
      }
    }
    return table
  }

  private static func title(_ part: ErrorPart) -> String {
    switch part {
    case .clipping: "clip"
    case .rounding: "round"
    case .fitting: "fit"
    case .weights: "weights"
    case .inherited: "inherit"
    case .arrival: "arrival"
    }
  }

  private func errors(_ layer: LayerError) -> [Table.Cell] {
    let sums = layer.sums
    func percent(_ value: Double) -> Table.Cell {
      .number(sums.activationRMS > 0 ? 100 * value / sums.activationRMS : 0, digits: 2)
    }
    return [
      .number(sums.activationRMS, digits: 4), percent(sums.meanError), percent(sums.errorRMS),
      percent(sums.ownRMS),
    ] + ErrorPart.allCases.map { .number(100 * sums.share($0), digits: 1) } + [
      .number(100 * anatomy.aloneError(layer), digits: 2),
      .number(anatomy.aloneLoss(layer), digits: 2),
    ]
  }

  /// What each layer's neurons do: spikes and synaptic operations per input, firing rates, and
  /// channels that say nothing or are at their limit.
  public static func activity(_ anatomies: [ErrorAnatomy]) -> Table {
    var table = Table(
      "layer_activity",
      setting + [
        .init("neurons", "neurons"), .init("firing_rate", "rate"), .init("spikes", "spikes/input"),
        .init("synaptic_operations", "synaptic ops/input"), .init("channels", "channels"),
        .init("dead_channels", "dead"), .init("silent_channels", "silent in CNN too"),
        .init("saturated_channels", "saturated"), .init("outlier_ratio", "outlier"),
      ])
    for anatomy in anatomies {
      let report = AnatomyReport(anatomy)
      for layer in anatomy.layers where layer.isPopulation {
        table.add(report.setting(layer) + report.activity(layer))
      }
    }
    return table
  }

  private func activity(_ layer: LayerError) -> [Table.Cell] {
    let samples = Double(anatomy.samples)
    return [
      .integer(layer.neurons),
      .number(
        Double(layer.spikes) / (samples * Double(layer.neurons * anatomy.timesteps)), digits: 4),
      .number(Double(layer.spikes) / samples, digits: 1),
      .number(Double(layer.synapticOperations) / samples, digits: 0),
      .integer(layer.channels.count), .integer(layer.deadChannels),
      .integer(layer.silentChannels), .integer(layer.saturatedChannels),
      layer.outlier.map { .number($0.ratio, digits: 1) } ?? .none,
    ]
  }

  /// Each part of each layer's error by itself: its mean and its root mean square, in the units of
  /// the imported model. For JSON.
  public static func parts(_ anatomies: [ErrorAnatomy]) -> JSON {
    .array(
      anatomies.flatMap { anatomy in
        anatomy.layers.flatMap { layer in
          ErrorPart.allCases.map { part in
            .object([
              ("schedule", .string(anatomy.schedule.rawValue)),
              ("timesteps", .integer(anatomy.timesteps)), ("layer", .string(layer.name)),
              ("part", .string(part.rawValue)), ("mean", .number(layer.sums.mean(part))),
              ("rms", .number(layer.sums.rms(part))), ("share", .number(layer.sums.share(part))),
            ])
          }
        }
      })
  }

  /// The layer at fault, why, and what helps.
  public var verdict: String {
    let heading = "\(anatomy.schedule.rawValue), T = \(anatomy.timesteps): "
    let samples = "on \(anatomy.samples) inputs the network loses \(points(loss))"
    guard let layer = anatomy.layerAtFault, let (part, share) = layer.sums.largestOwn else {
      return heading + samples + "; no layer adds an error"
    }
    let origin = "\(layer.origin)"
    let name = origin.isEmpty || origin == layer.name ? "" : " (layer '\(origin)')"
    return heading + samples + ". Most error is added by '\(layer.name)'\(name): if only it "
      + "spiked, the logits would move by \((100 * anatomy.aloneError(layer)).fixed(1)) % of their "
      + "spread, and \(points(anatomy.aloneLoss(layer))) would be lost. "
      + "\((100 * share).fixed(0)) % of that is \(Self.name(part))\(outlier(layer, part)): "
      + Self.remedy(part)
  }

  private var loss: Double {
    100 * Double(anatomy.cnnCorrect - anatomy.correct) / Double(anatomy.samples)
  }

  private func points(_ loss: Double) -> String { "\(loss.fixed(2)) points" }

  /// An outlier matters where it makes λ too large for the other channels, or is cut off by it.
  private func outlier(_ layer: LayerError, _ part: ErrorPart) -> String {
    guard part == .rounding || part == .clipping || part == .fitting, let most = layer.outlier,
      most.ratio > 8
    else { return "" }
    return " (channel \(most.channel) reaches \(most.ratio.fixed(0)) times as far as the median "
      + "channel)"
  }

  private static func name(_ part: ErrorPart) -> String {
    switch part {
    case .clipping: "activations beyond λ, which are cut off"
    case .rounding: "rounding to whole spikes"
    case .fitting: "what was fitted to calibration data"
    case .weights: "weights rounded to integers"
    case .inherited: "inherited"
    case .arrival: "spikes that arrive unevenly"
    }
  }

  private static func remedy(_ part: ErrorPart) -> String {
    switch part {
    case .clipping: "try a larger λ by --normalize max, or a higher --percentile."
    case .rounding: "try more --timesteps, or a smaller λ by --normalize mse or --per-channel."
    case .fitting: "it takes back what was inherited; if it does not, give more calibration data."
    case .weights: "try more --weight-bits."
    case .inherited: "see the layers before."
    case .arrival: "try --schedule layerwise, or more --timesteps."
    }
  }
}
