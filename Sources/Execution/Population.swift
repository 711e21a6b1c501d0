import SpikeIR

/// A population with the currents that reach it and the activations that it stands for.
public struct Population: Sendable {
  /// The `fire` node.
  public let node: NodeID
  /// When it fires.
  public let schedule: Schedule
  /// T.
  public let timesteps: Int
  /// How many samples there are.
  public let samples: Int
  let incoming: Incoming
  let targets: [SpikeTrain]

  /// The currents of one sample, without the bias: `[T × neurons]`; `[1 × neurons]` if they are
  /// the same at every timestep, or summed over all (layerwise).
  func currents(of sample: Int) -> [Float] { incoming.values(of: sample) }

  /// The CNN's activations of one sample, in λ: the firing rates that would be right.
  func target(of sample: Int) -> [Float] { targets[sample].values(steps: 1) }
}

/// The constants of a float population, one per neuron, and how it fires.
struct PopulationNeurons: Sendable {
  let schedule: Schedule
  let timesteps: Int
  let neuron: Neuron
  var threshold: [Float]
  var start: [Float]
  var bias: [Float]

  init(_ graph: Graph, _ node: NodeID, _ schedule: Schedule, _ timesteps: Int) {
    guard case .fire(let fire) = graph[node].operation else { preconditionFailure("no population") }
    let type = graph[node].type
    func spread(_ id: ConstantID?) -> [Float] {
      Scale(id.map { graph.constants[$0].floats } ?? [0]).perElement(type)
    }
    self.schedule = schedule
    self.timesteps = timesteps
    neuron = fire.neuron
    (threshold, start, bias) = (spread(fire.threshold), spread(fire.start), spread(fire.bias))
  }

  /// The spikes that follow from currents: their counts layerwise, else those of every timestep.
  func fire(_ currents: [Float]) -> SpikeTrain {
    if schedule == .layerwise { return .fixed(layerwiseCounts(currents)) }
    let neurons = threshold.count
    var spikes = [Int8](repeating: 0, count: timesteps * neurons)
    if isPlain {
      spikes.withUnsafeMutableBufferPointer { plainSpikes(currents, $0.baseAddress!) }
    } else {
      step(currents) { t, sent in
        for i in 0..<neurons where sent[i] != 0 { spikes[t &* neurons &+ i] = Int8(sent[i]) }
      }
    }
    return .spikes(spikes)
  }

  /// The number of spikes of each neuron after T timesteps.
  func counts(_ currents: [Float]) -> [Float] {
    if schedule == .layerwise { return layerwiseCounts(currents) }
    var counts = [Float](repeating: 0, count: threshold.count)
    if isPlain {
      counts.withUnsafeMutableBufferPointer { plainCounts(currents, $0.baseAddress!) }
    } else {
      step(currents) { _, sent in for i in counts.indices { counts[i] += sent[i] } }
    }
    return counts
  }

  private func layerwiseCounts(_ currents: [Float]) -> [Float] {
    let (steps, most) = (Float(timesteps), Float(timesteps * neuron.spikes))
    let count = threshold.count
    return [Float](unsafeUninitializedCapacity: count) { counts, written in
      withConstants(currents) { currents, start, bias, threshold in
        for i in 0..<count {
          let quotient = (start[i] + currents[i] + steps * bias[i]) / threshold[i]
          counts[i] = (quotient > 0 ? (quotient < most ? quotient : most) : 0).wholePart
        }
      }
      written = count
    }
  }

  /// Currents, starts, biases and thresholds without bounds.
  @inline(__always)
  func withConstants(
    _ currents: [Float],
    _ body: (
      UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>
    ) -> Void
  ) {
    precondition(
      currents.count >= threshold.count && start.count == threshold.count
        && bias.count == threshold.count)
    currents.withUnsafeBufferPointer { currents in
      start.withUnsafeBufferPointer { start in
        bias.withUnsafeBufferPointer { bias in
          threshold.withUnsafeBufferPointer { threshold in
            guard !threshold.isEmpty else { return }
            body(
              currents.baseAddress!, start.baseAddress!, bias.baseAddress!, threshold.baseAddress!)
          }
        }
      }
    }
  }

  /// Shows what neurons that are not plain send at each timestep at which something arrives from
  /// them.
  private func step(_ currents: [Float], _ body: (Int, [Float]) -> Void) {
    let neurons = threshold.count
    let special = NeuronStep<Float>(neuron)
    var (membrane, sent) = (start, [Float](repeating: 0, count: neurons))
    for t in 0..<timesteps - min(neuron.delay, timesteps) {
      let offset = currents.count == neurons ? 0 : t * neurons
      currents.withUnsafeBufferPointer { currents in
        for i in 0..<neurons {
          let charge = special.remaining(membrane[i]) + currents[offset &+ i] + bias[i]
          (sent[i], membrane[i]) = special.fire(charge, threshold[i])
        }
      }
      body(t + neuron.delay, sent)
    }
  }
}
