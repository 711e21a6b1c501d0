import SpikeExecution
import SpikeIR
import SpikePasses
import SpikeTargets

/// The passes that a target asks for.
extension NetworkOptions {
  /// When populations fire: as asked, or else as the target's neurons can.
  func schedule(_ asked: Schedule?) throws -> Schedule {
    let target = try Target.named(target)
    let isGeneric = target.neuron == .generic && target.formats.contains(.c)
    if asked == .layerwise, target.neuron != .generic {
      throw Diagnostic(
        "the neurons of target '\(target.name)' have no layerwise schedule: the order of spikes"
          + " matters to them", notes: ["leave out --schedule, or use --schedule pipelined"])
    }
    return asked ?? (isGeneric ? .layerwise : .pipelined)
  }

  /// What brings the layers within a target, and refuses those that cannot be brought there.
  func structureEntries(_ target: Target) -> [(name: String, options: [String: String])] {
    var list: [(String, [String: String])] = []
    if !target.limits.groups { list.append(("densify-groups", [:])) }
    if !target.limits.asymmetricPadding { list.append(("symmetrize-padding", [:])) }
    if !target.limits.sums { list.append(("merge-shortcuts", [:])) }
    if !target.limits.concatenation { list.append(("split-concatenation", [:])) }
    if target.limits != Limits() { list.append(("check-structure", ["target": target.name])) }
    return list
  }

  /// What gives populations a target's neuron and fits it, and makes integers of it all.
  func neuronEntries(_ target: Target, _ schedule: Schedule, timesteps: Int) -> [(
    name: String, options: [String: String]
  )] {
    var adoption: [(String, [String: String])] = []
    if target.neuron != .generic { adoption.append(("adopt-neuron", ["target": target.name])) }
    let spreads = target.start == .zero && !naiveExport
    // Where membranes are fitted, their start goes into the bias on that occasion.
    if spreads, !fitsMembranes { adoption.append(("spread-start", ["timesteps": "\(timesteps)"])) }
    var list = naiveExport ? [] : adoption
    if fitsMembranes {
      var options = ["schedule": schedule.rawValue, "timesteps": "\(timesteps)", "rounds": "2"]
      if schedule == .pipelined, timesteps > 8 {
        // The time that fitting takes grows with samples times T, its accuracy with both too.
        options["samples"] = "\(max(16, 1024 / timesteps))"
      }
      if spreads { options["start"] = "bias" }
      list.append(("calibrate-membranes", options))
    }
    if naiveExport {
      if target.start == .zero { list.append(("threshold-residuals", ["tau": "0"])) }
      list += adoption
    }
    if precision == .integer {
      let bits = min(weightBits, target.limits.weightBits ?? weightBits)
      let rounding = bits <= 6 ? "calibrated" : "nearest"
      var options = ["bits": "\(bits)", "timesteps": "\(timesteps)", "rounding": rounding]
      switch target.limits.thresholds {
      case .perNeuron: break
      case .one: options["theta"] = "power-of-two"
      case .onePerLayer: options["theta"] = "layer"
      }
      if target.limits.stateBits != 31 { options["state-bits"] = "\(target.limits.stateBits)" }
      list.append(("quantize-weights", options))
      if target.limits.stateBits != 31 { list.append(("check-ranges", ["target": target.name])) }
    }
    return list
  }
}
