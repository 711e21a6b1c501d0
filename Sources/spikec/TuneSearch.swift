import SpikeExecution
import SpikeIR

/// The search of `tune`: up a ladder of timesteps, then downhill in cost from what is good enough.
struct TuneSearch {
  /// Points of accuracy.
  let maxLoss: Double
  let objective: Objective
  let bench: TuneBench
  let journal: TuneJournal
  /// At most so many candidates.
  let budget: Int

  /// All that was measured, in order.
  private(set) var tried: [(candidate: Candidate, result: TrialResult)] = []
  /// What was run on the held-out data, in order; the last is the choice if it is good enough.
  private(set) var validated: [(candidate: Candidate, result: TrialResult)] = []

  /// How many changes are made one after the other to what is good enough.
  private static let rounds = 8
  /// How many of them are validated at most.
  private static let validations = 10

  init(maxLoss: Double, objective: Objective, bench: TuneBench, journal: TuneJournal, budget: Int) {
    self.maxLoss = maxLoss
    self.objective = objective
    self.bench = bench
    self.journal = journal
    self.budget = budget
  }

  /// Tries candidates of each schedule, beginning with `start` at few timesteps.
  mutating func run(_ schedules: [Schedule], from start: Candidate) throws {
    for schedule in schedules {
      var first = start
      first.schedule = schedule
      guard let base = try climbLadder(first) else { continue }
      try descend(from: base)
    }
  }

  /// More and more timesteps until twice the loss is small enough; gives the first such candidate.
  private mutating func climbLadder(_ start: Candidate) throws -> Candidate? {
    var found: Candidate?
    for timesteps in Candidate.ladder {
      var candidate = start
      candidate.timesteps = timesteps
      guard let result = try measure(candidate) else { return found }
      guard isGood(result) else { continue }
      if found != nil { return found }
      found = candidate
    }
    return found
  }

  /// Changes one thing at a time for as long as that costs less and is good enough.
  private mutating func descend(from start: Candidate) throws {
    var best = start
    guard var bestResult = journal.result(start, .calibration) else { return }
    for _ in 0..<TuneSearch.rounds {
      var next: (candidate: Candidate, result: TrialResult)?
      for candidate in best.neighbours {
        guard let result = try measure(candidate) else { return }
        if isGood(result), objective.prefers(result, to: next?.result ?? bestResult) {
          next = (candidate, result)
        }
      }
      guard let next else { return }
      (best, bestResult) = next
    }
  }

  private func isGood(_ result: TrialResult) -> Bool {
    result.isFinished && result.loss <= maxLoss
  }

  /// A candidate's result, from the journal if it is there; nil once the budget is used up.
  private mutating func measure(_ candidate: Candidate) throws -> TrialResult? {
    if let known = tried.first(where: { $0.candidate == candidate }) { return known.result }
    if tried.count >= budget { return nil }
    let maxLoss = maxLoss
    func isHopeless(_ result: TrialResult) -> Bool {
      result.loss - 2 * result.standardError > maxLoss
    }
    var result: TrialResult
    if let known = journal.result(candidate, .calibration), known.isFinished || isHopeless(known) {
      result = known
    } else {
      result = try bench.measure(candidate, isHopeless: isHopeless)
      try journal.note(result, candidate, .calibration)
    }
    tried.append((candidate, result))
    Console.note("[\(tried.count)] \(candidate.text): \(result.summary)")
    return result
  }

  /// Validates what may be good enough, the cheapest first, until the held-out data says that it
  /// is; then more timesteps than were tried, for data that is harder than that of calibration.
  mutating func validate(_ schedules: [Schedule], from start: Candidate) throws {
    let finalists = tried.filter { mayBeGood($0.result) }
      .sorted { objective.prefers($0.result, to: $1.result) }
    for (candidate, _) in finalists.prefix(TuneSearch.validations) {
      if try isValid(candidate) { return }
    }
    for timesteps in Candidate.ladder {
      for schedule in schedules {
        var candidate = start
        candidate.schedule = schedule
        candidate.timesteps = timesteps
        if tried.contains(where: { $0.candidate == candidate }) { continue }
        guard let result = try measure(candidate) else { return }
        if mayBeGood(result), try isValid(candidate) { return }
      }
    }
  }

  private func mayBeGood(_ result: TrialResult) -> Bool {
    result.isFinished && result.loss - result.standardError <= maxLoss
  }

  private mutating func isValid(_ candidate: Candidate) throws -> Bool {
    let known = journal.result(candidate, .heldOut)
    let result = try known ?? bench.validate(candidate)
    if known == nil { try journal.note(result, candidate, .heldOut) }
    validated.append((candidate, result))
    Console.note("held-out: \(candidate.text): \(result.summary)")
    return result.loss <= maxLoss
  }
}

extension TrialResult {
  /// The loss and the operations in a few words.
  fileprivate var summary: String {
    let loss = "loss \(loss.fixed(2)) ± \(standardError.fixed(2))"
    if !isFinished { return "\(loss) on the first \(samples): given up" }
    return "\(loss), \(Int(synapticOperations).grouped) synaptic operations"
  }
}
