import SpikeIR

/// The start and bias with which a population's spikes come nearest to the CNN's activations.
///
/// Two errors are left when λ is chosen: spikes that arrive unevenly make neurons fire that should
/// not (a spike cannot be taken back), and what the layers before got wrong. Each channel gets
///
/// - the start `V(0) = τ·θ`, out of a few τ, and
/// - the bias `b̂ + θ · E[a/λ - N/T]`, which takes its mean error away (Li et al. 2021, "A Free
///   Lunch From ANN", arXiv 2106.06984, bias correction),
///
/// for which the mean of `(a/λ - N/T)²` is least over the samples and the channel's positions.
public struct MembraneFit: Sendable {
  /// V(0) as a part of the threshold, for each channel.
  public private(set) var start: [Float]
  /// What is added to the bias of each channel, in currents.
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
  ///   - rounds: how often biases change by what is wrong on average, each time a little less: a
  ///     bias moves only those neurons that are near a threshold; 0 leaves them.
  public init(
    _ population: Population, in graph: Graph, starts: [Float],
    _ place: StartPlace = .membrane, rounds: Int
  ) throws {
    let channels = graph[population.node].type.channels
    let neurons = PopulationNeurons(
      graph, population.node, population.schedule, population.timesteps)
    let isSpread = place == .bias
    let spread = starts.map { part in
      (0..<channels).map { channel -> Float in
        isSpread ? part * neurons.threshold[channel] / Float(population.timesteps) : 0
      }
    }
    let inMembrane = isSpread ? starts.map { _ in 0 } : starts
    var candidates = Trial(
      population: population, neurons: neurons, channels: channels, starts: inMembrane)
    var changes = spread
    for _ in 0..<rounds {
      changes = zip(changes, try candidates.errors(changes)).map { old, errors in
        zip(old, errors.mean).map { $0 + $1 }
      }
    }
    if neurons.neuron != .generic {
      let whole = changes
      changes = MembraneFit.shares.flatMap { share in
        zip(spread, whole).map { spread, whole in
          zip(spread, whole).map { $0 + share * ($1 - $0) }
        }
      }
      candidates.starts = MembraneFit.shares.flatMap { _ in inMembrane }
    }
    let squares = try candidates.errors(changes).map(\.square)
    start = [Float](repeating: 0, count: channels)
    biasChange = start
    for channel in 0..<channels {
      let best = changes.indices.min { squares[$0][channel] < squares[$1][channel] }!
      start[channel] = candidates.starts[best]
      biasChange[channel] = changes[best][channel]
    }
  }

  /// How much of a mean error the bias takes away: where a reset loses charge, what brings the mean
  /// right makes neurons fire that should be silent, so less may be better.
  private static let shares: [Float] = [0, 0.25, 0.5, 1]
}

/// What populations would get wrong with other starts and biases.
private struct Trial: Sendable {
  let population: Population
  let neurons: PopulationNeurons
  let channels: Int
  var starts: [Float]

  struct Errors: Sendable {
    /// E[a/λ - N/T] for each channel, as a current.
    var mean: [Float]
    /// E[(a/λ - N/T)²] for each channel.
    var square: [Float]
  }

  /// The errors of each start, with these changes of the bias for each channel.
  func errors(_ changes: [[Float]]) throws -> [Errors] {
    let candidates = zip(starts, changes).map(changed)
    let parts = try Parallel.map(count: population.samples, chunkSize: 1) { sample in
      let currents = population.currents(of: sample.lowerBound)
      let target = population.target(of: sample.lowerBound)
      return candidates.map { errors($0, currents, target) }
    }
    let scale = 1 / Float(population.samples * (neurons.threshold.count / channels))
    return starts.indices.map { index in
      var sum = parts[0][index]
      for part in parts.dropFirst() {
        for c in 0..<channels {
          sum.mean[c] += part[index].mean[c]
          sum.square[c] += part[index].square[c]
        }
      }
      return Errors(mean: sum.mean.map { $0 * scale }, square: sum.square.map { $0 * scale })
    }
  }

  private func changed(_ start: Float, _ bias: [Float]) -> PopulationNeurons {
    var changed = neurons
    changed.start = neurons.threshold.map { $0 * start }
    for i in changed.bias.indices { changed.bias[i] += bias[i % channels] }
    return changed
  }

  private func errors(_ neurons: PopulationNeurons, _ currents: [Float], _ target: [Float])
    -> Errors
  {
    let counts = neurons.counts(currents)
    let perSpike = 1 / Float(population.timesteps)
    let zero = [Float](repeating: 0, count: channels)
    var result = Errors(mean: zero, square: zero)
    for row in stride(from: 0, to: counts.count, by: channels) {
      for c in 0..<channels {
        let error = target[row &+ c] - counts[row &+ c] * perSpike
        result.mean[c] += error * neurons.threshold[row &+ c]
        result.square[c] += error * error
      }
    }
    return result
  }
}
