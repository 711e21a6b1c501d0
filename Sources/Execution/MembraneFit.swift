import SpikeIR

/// The start, gain and bias with which a population's spikes come nearest to the CNN's activations.
///
/// Errors are left when λ is chosen: spikes that arrive unevenly make neurons fire that should not
/// (a spike cannot be taken back), what the layers before got wrong and, where a reset sets V to 0,
/// the charge above the threshold, which is lost. Each channel gets
///
/// - the start `V(0) = τ·θ`, out of a few τ,
/// - the bias `b̂ + θ · E[a/λ - N/T]`, which takes its mean error away (Li et al. 2021, "A Free
///   Lunch From ANN", arXiv 2106.06984, bias correction), and
/// - a factor for all of its currents: what a reset to 0 loses, and what spikes come too late or
///   too many, grows with what arrives, which no bias makes good,
///
/// for which the mean of `(a/λ - N/T)²` is least over the samples and the channel's positions.
public struct MembraneFit: Sendable {
  /// V(0) as a part of the threshold, for each channel.
  public private(set) var start: [Float]
  /// By what the currents and the bias of each channel are multiplied.
  public private(set) var gain: [Float]
  /// What is added to the bias of each channel before that, in currents.
  public private(set) var biasChange: [Float]

  /// Where the start charge goes.
  public enum StartPlace: String, Sendable, CaseIterable {
    /// Into the membrane, at once.
    case membrane
    /// Into the bias: `τ·θ/T` at each timestep, and the membrane starts at 0.
    case bias
  }

  /// Fits a population of `graph`.
  ///
  /// - Parameters:
  ///   - starts: the parts τ of the threshold to choose from.
  ///   - place: where τ·θ goes; what the bias gets of it is part of `biasChange`.
  ///   - gains: the factors to choose from: before starts where a spike sets V to 0, else after.
  ///   - rounds: how often biases change by what is wrong on average, each time a little less: a
  ///     bias moves only those neurons that are near a threshold; 0 leaves them.
  public init(
    _ population: Population, in graph: Graph, starts: [Float],
    _ place: StartPlace = .membrane, gains: [Float] = [1], rounds: Int
  ) {
    let channels = graph[population.node].type.channels
    let neurons = PopulationNeurons(
      graph, population.node, population.schedule, population.timesteps)
    let trial = MembraneTrial(population: population, neurons: neurons, channels: channels)
    let spread: Float = place == .bias ? 1 : 0
    func candidate(_ start: Float, _ gain: [Float]) -> MembraneTrial.Candidate {
      let part = spread * start / Float(population.timesteps)
      return .init(
        start: gain.map { _ in (1 - spread) * start }, gain: gain,
        bias: gain.enumerated().map { part * neurons.threshold[$0] / $1 })
    }
    var best = starts.map { candidate($0, [Float](repeating: 1, count: channels)) }
    if neurons.neuron.reset == .zero, gains.count > 1 {
      // One after the other: gains and starts together would be many.
      let middle = starts[starts.count / 2]
      let gain = trial.best(
        gains.map { candidate(middle, [Float](repeating: $0, count: channels)) }
      ).gain
      best = [trial.best(starts.map { candidate($0, gain) })]
    }
    var result = MembraneFit.corrected(best, trial, rounds: rounds)
    if neurons.neuron.keepsCharge, gains.count > 1 {
      let others = gains.map { gain in
        MembraneTrial.Candidate(
          start: result.start, gain: result.gain.map { _ in gain }, bias: result.bias)
      }
      result = MembraneFit.corrected(others, trial, rounds: rounds)
    }
    (start, gain, biasChange) = (result.start, result.gain, result.bias)
  }

  /// The best of some candidates after the bias of each took its mean error away.
  private static func corrected(
    _ candidates: [MembraneTrial.Candidate], _ trial: MembraneTrial, rounds: Int
  ) -> MembraneTrial.Candidate {
    var changed = candidates
    for _ in 0..<rounds {
      for (i, errors) in trial.errors(changed).enumerated() {
        changed[i].bias = zip(changed[i].bias, errors.mean).map { $0 + $1 }
      }
    }
    guard !trial.neurons.neuron.keepsCharge else { return trial.best(changed) }
    return trial.best(
      shares.flatMap { share in
        zip(candidates, changed).map { old, new in
          var part = old
          part.bias = zip(old.bias, new.bias).map { $0 + share * ($1 - $0) }
          return part
        }
      })
  }

  /// How much of a mean error the bias takes away: where a reset or a floor changes charges, what
  /// brings the mean right makes neurons fire that should be silent, so less may be better.
  private static let shares: [Float] = [0, 0.25, 0.5, 1]
}
