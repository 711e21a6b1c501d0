import SpikeIR
import SpikeReport

/// What `tune` shows at its end.
struct TuneReport {
  typealias Trial = (candidate: Candidate, result: TrialResult)

  let tried: [Trial]
  let validated: [Trial]
  /// Points of accuracy.
  let maxLoss: Double

  /// What was validated last, if it is good enough.
  var chosen: Trial? { validated.last.flatMap { $0.result.loss <= maxLoss ? $0 : nil } }

  /// Why nothing was chosen.
  var refusal: Diagnostic {
    let finished = tried.filter(\.result.isFinished)
    let best = (validated.isEmpty ? finished : validated).min { $0.result.loss < $1.result.loss }
    let place = validated.isEmpty ? "calibration" : "held-out"
    var notes = ["allow a larger --max-loss"]
    if let best {
      notes.insert(
        "the least loss on \(place) data was \(best.result.loss.fixed(2)): \(best.candidate.text)",
        at: 0)
    }
    return Diagnostic(
      "no candidate loses at most \(maxLoss) points on held-out data", notes: notes)
  }

  /// The candidates that no other beats in every respect, by falling loss.
  var front: [Trial] {
    let finished = tried.filter(\.result.isFinished)
    return finished.filter { trial in
      !finished.contains { $0.result.dominates(trial.result) }
    }.sorted { ($0.result.loss, $1.result.energy) > ($1.result.loss, $0.result.energy) }
  }

  var tables: [Table] {
    var table = Table(
      "pareto_front",
      [
        .init("schedule", "schedule"), .init("timesteps", "T"), .init("normalize", "scales"),
        .init("granularity", "per"), .init("margin", "margin"), .init("weight_bits", "bits"),
        .init("membranes", "fitted"), .init("loss", "loss"), .init("standard_error", "±"),
        .init("held_out_loss", "held-out"), .init("synaptic_operations", "syn. ops"),
        .init("energy_microjoules", "µJ"), .init("latency", "latency"),
        .init("weight_bytes", "weights"),
      ])
    for (candidate, result) in front {
      let heldOut = validated.first { $0.candidate == candidate }?.result
      table.add([
        .text(candidate.schedule.rawValue), .integer(candidate.timesteps),
        .text(candidate.normalize.rawValue),
        .text(candidate.granularity == .perLayer ? "layer" : "channel"),
        candidate.normalize == .mse ? .number(candidate.margin, digits: 2) : .none,
        .integer(candidate.weightBits), .text(candidate.fitsMembranes ? "yes" : "no"),
        .number(result.loss, digits: 2), .number(result.standardError, digits: 2),
        heldOut.map { .number($0.loss, digits: 2) } ?? .none,
        .integer(Int(result.synapticOperations)), .number(result.energy, digits: 2),
        .integer(result.latency), .integer(result.weightBytes),
      ])
    }
    return [table]
  }
}

extension TrialResult {
  /// Whether this is better than `other` in one respect and as good in all.
  fileprivate func dominates(_ other: TrialResult) -> Bool {
    let mine = [loss, synapticOperations, energy, Double(latency), Double(weightBytes)]
    let others = [
      other.loss, other.synapticOperations, other.energy, Double(other.latency),
      Double(other.weightBytes),
    ]
    return mine != others && zip(mine, others).allSatisfy { $0 <= $1 }
  }
}
