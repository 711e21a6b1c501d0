import ArgumentParser
import SpikeExecution
import SpikeFrontend
import SpikeIR
import SpikePasses
import SpikeTargets

/// The standard passes, as the options have them.
extension NetworkOptions {
  /// The pass that lets the network take raw data, for the CNN's own accuracy.
  func inputPipeline() throws -> Pipeline { try Pipeline(inputEntries) }

  private var inputEntries: [(name: String, options: [String: String])] {
    if input.isTrivial { return [] }
    func list(_ text: String) -> String { text.replacing(",", with: ":") }
    return [
      (
        "normalize-input",
        ["scale": "\(input.scale)", "mean": list(input.mean), "std": list(input.std)]
      )
    ]
  }

  /// How scales follow from activations.
  var normalization: Normalization { normalize ?? (preset == .ecc ? .max : .mse) }

  /// What scales by mse are multiplied by; see docs/accuracy.md for the measurements.
  var scaleMargin: Double { margin ?? (preset == .lowestEnergy ? 1.6 : 1) }

  /// Whether starts and biases are fitted.
  var fitsMembranes: Bool { calibrateMembranes ?? (normalization == .mse) }

  private var isPerLayer: Bool {
    (granularity ?? (preset == .ecc ? .perLayer : .perChannel)) == .perLayer
  }

  /// The passes that make the network spiking for up to `timesteps` timesteps.
  func pipeline(_ schedule: Schedule, timesteps: Int, _ coding: CodingOptions) throws -> Pipeline {
    if let passes { return try Pipeline(parsing: passes) }
    let target = try Target.named(target)
    var list =
      inputEntries + [
        ("canonicalize", [:]), ("fold-batch-norm", ["epsilon": batchNormEpsilon.rawValue]),
        ("fold-diagonals", [:]), ("hoist-relu", [:]),
      ]
    if readout == .spikes { list.append(("population-readout", [:])) }
    list.append(("split-signed", [:]))
    if replaceMaxPool { list.append(("replace-max-pool", [:])) }
    list += [
      ("absorb-average-pooling", ["population": spikingPool ? "all" : "none"])
    ]
    list += structureEntries(target)
    list += try splitEntry(target, timesteps: timesteps)
    list += normalizationEntry(timesteps: timesteps)
    list += [
      ("lower-to-spiking", ["input": coding.coding.rawValue, "seed": "\(coding.seed)"]),
      ("threshold-residuals", ["tau": "\(thresholdResiduals)"]),
    ]
    return try Pipeline(list + neuronEntries(target, schedule, timesteps: timesteps))
  }

  /// The passes for a network that was read as a spiking one.
  func netlistPipeline(timesteps: Int, _ coding: CodingOptions) throws -> Pipeline {
    if let passes { return try Pipeline(parsing: passes) }
    var list: [(name: String, options: [String: String])] = [
      (
        "code-input",
        [
          "input": coding.coding.rawValue, "seed": "\(coding.seed)", "scale": "\(input.scale)",
          "mean": input.mean.replacing(",", with: ":"), "std": input.std.replacing(",", with: ":"),
        ]
      )
    ]
    let target = try Target.named(target)
    if target.neuron != .generic { list.append(("adopt-neuron", ["target": target.name])) }
    if precision == .integer {
      list.append(
        (
          "quantize-weights",
          ["bits": "\(weightBits)", "timesteps": "\(timesteps)", "theta": "own"]
        ))
    }
    return try Pipeline(list)
  }

  private func splitEntry(_ target: Target, timesteps: Int) throws -> [(
    name: String, options: [String: String]
  )] {
    let layers = splitNeurons ?? (preset == .fewestTimesteps ? "auto" : "off")
    if layers == "off" { return [] }
    guard target.neuron == .generic, target.formats.contains(.c) else {
      throw Diagnostic(
        "several neurons for an element are for target 'generic', not for '\(target.name)'",
        notes: ["leave out --split-neurons and --preset fewest-timesteps"])
    }
    let copies = copies ?? (preset == .fewestTimesteps ? 4 : 2)
    var options = ["layers": layers.replacing(",", with: ":"), "copies": "\(copies)"]
    if layers == "auto" { options["timesteps"] = "\(timesteps)" }
    return [("split-neurons", options)]
  }

  private func normalizationEntry(timesteps: Int) -> [(name: String, options: [String: String])] {
    var options = ["mode": normalization.rawValue, "per": isPerLayer ? "layer" : "channel"]
    if let headroom { options["headroom"] = "\(headroom)" }
    switch normalization {
    case .none: return []
    case .max: break
    case .percentile: options["percentile"] = "\(percentile)"
    case .mse:
      options["timesteps"] = "\(timesteps)"
      options["margin"] = "\(scaleMargin)"
    }
    return [("normalize-currents", options)]
  }

  /// The numbers of a comma-separated list.
  static func integers(_ text: String, _ option: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      guard let value = Int($0) else {
        throw ValidationError("\(option) takes whole numbers separated by commas, not '\(text)'")
      }
      return value
    }
  }
}
