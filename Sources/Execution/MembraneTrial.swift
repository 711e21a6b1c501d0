/// What a population would get wrong with other starts, gains and biases.
struct MembraneTrial: Sendable {
  /// One choice for each channel.
  struct Candidate: Sendable {
    /// V(0) as a part of the threshold.
    var start: [Float]
    /// By what currents and bias are multiplied.
    var gain: [Float]
    /// What is added to the bias before that.
    var bias: [Float]
  }

  struct Errors: Sendable {
    /// E[a/λ - N/T] for each channel, as a current.
    var mean: [Float]
    /// E[(a/λ - N/T)²] for each channel.
    var square: [Float]
  }

  let population: Population
  let neurons: PopulationNeurons
  let channels: Int

  /// The errors of each candidate.
  func errors(_ candidates: [Candidate]) -> [Errors] {
    let changed = candidates.map(changed)
    let parts = Parallel.map(count: population.samples, chunkSize: 1) { samples in
      let sample = samples.lowerBound
      let currents = population.currents(of: sample)
      let target = population.target(of: sample)
      return changed.map { errors($0, currents, target) }
    }
    let scale = 1 / Float(population.samples * (neurons.threshold.count / channels))
    return candidates.indices.map { index in
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

  /// For each channel the candidate whose squared error is least.
  func best(_ candidates: [Candidate]) -> Candidate {
    let squares = errors(candidates).map(\.square)
    var best = candidates[0]
    for channel in 0..<channels {
      let choice = candidates[squares.indices.min { squares[$0][channel] < squares[$1][channel] }!]
      best.start[channel] = choice.start[channel]
      best.gain[channel] = choice.gain[channel]
      best.bias[channel] = choice.bias[channel]
    }
    return best
  }

  /// The neurons with a candidate's constants: a gain is a lower threshold.
  private func changed(_ candidate: Candidate) -> PopulationNeurons {
    var changed = neurons
    for i in neurons.threshold.indices {
      changed.threshold[i] = neurons.threshold[i] / candidate.gain[i % channels]
      changed.start[i] = changed.threshold[i] * candidate.start[i % channels]
      changed.bias[i] = neurons.bias[i] + candidate.bias[i % channels]
    }
    return changed
  }

  private func errors(_ neurons: PopulationNeurons, _ currents: [Float], _ target: [Float])
    -> Errors
  {
    let counts = neurons.counts(currents)
    let perSpike = 1 / Float(population.timesteps)
    let zero = [Float](repeating: 0, count: channels)
    var (mean, square) = (zero, zero)
    precondition(target.count == counts.count && neurons.threshold.count == counts.count)
    counts.withUnsafeBufferPointer { counts in
      target.withUnsafeBufferPointer { target in
        neurons.threshold.withUnsafeBufferPointer { threshold in
          mean.withUnsafeMutableBufferPointer { mean in
            square.withUnsafeMutableBufferPointer { square in
              for row in stride(from: 0, to: counts.count, by: channels) {
                for c in 0..<channels {
                  let error = target[row &+ c] - counts[row &+ c] * perSpike
                  mean[c] += error * threshold[row &+ c]
                  square[c] += error * error
                }
              }
            }
          }
        }
      }
    }
    return Errors(mean: mean, square: square)
  }
}
