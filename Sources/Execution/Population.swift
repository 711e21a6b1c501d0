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
    if neuron.isPlain {
      spikes.withUnsafeMutableBufferPointer { spikes in
        stepPlain(currents) { t, first, sent in
          for i in sent.indices { spikes[t &* neurons &+ first &+ i] = sent[i] != 0 ? 1 : 0 }
        }
      }
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
    if neuron.isPlain {
      counts.withUnsafeMutableBufferPointer { counts in
        stepPlain(currents) { _, first, sent in
          for i in sent.indices { counts[first &+ i] += sent[i] }
        }
      }
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
  private func withConstants(
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

  /// So many neurons go through all timesteps together: their membranes stay in the nearest cache.
  private static let block = 1024

  /// Shows what plain neurons send at each timestep: the first of some, and the spikes of these.
  @inline(__always)
  private func stepPlain(
    _ currents: [Float], _ body: (Int, Int, UnsafeBufferPointer<Float>) -> Void
  ) {
    let neurons = threshold.count
    let offset = currents.count == neurons ? 0 : neurons
    precondition(currents.count >= offset * (timesteps - 1) + neurons)
    withConstants(currents) { currents, start, bias, threshold in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: neurons + PopulationNeurons.block) {
        let (membrane, sent) = ($0.baseAddress!, $0.baseAddress! + neurons)
        membrane.initialize(from: start, count: neurons)
        for first in stride(from: 0, to: neurons, by: PopulationNeurons.block) {
          let count = min(PopulationNeurons.block, neurons - first)
          for t in 0..<timesteps {
            step(
              membrane + first, currents + (t &* offset &+ first), bias + first, threshold + first,
              sent, count)
            body(t, first, UnsafeBufferPointer(start: sent, count: count))
          }
        }
      }
    }
  }

  /// One timestep of plain neurons.
  private func step(
    _ membrane: UnsafeMutablePointer<Float>, _ currents: UnsafePointer<Float>,
    _ bias: UnsafePointer<Float>, _ threshold: UnsafePointer<Float>,
    _ sent: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    func step(isZeroed: Bool, isExceeded: Bool) {
      PopulationNeurons.step(
        membrane, currents, bias, threshold, sent, count, isZeroed, isExceeded)
    }
    // Constants, so that there is a loop for each without a choice in it.
    switch (neuron.reset, neuron.comparison) {
    case (.subtract, .reached): step(isZeroed: false, isExceeded: false)
    case (.subtract, .exceeded): step(isZeroed: false, isExceeded: true)
    case (.zero, .reached): step(isZeroed: true, isExceeded: false)
    case (.zero, .exceeded): step(isZeroed: true, isExceeded: true)
    }
  }

  /// One timestep of plain neurons, several at once.
  @inline(__always)
  private static func step(
    _ membrane: UnsafeMutablePointer<Float>, _ currents: UnsafePointer<Float>,
    _ bias: UnsafePointer<Float>, _ threshold: UnsafePointer<Float>,
    _ sent: UnsafeMutablePointer<Float>, _ count: Int, _ isZeroed: Bool, _ isExceeded: Bool
  ) {
    typealias Vector = SIMD8<Float>
    func load(_ pointer: UnsafePointer<Float>, _ i: Int) -> Vector {
      UnsafeRawPointer(pointer + i).loadUnaligned(as: Vector.self)
    }
    let whole = count / Vector.scalarCount * Vector.scalarCount
    for i in stride(from: 0, to: whole, by: Vector.scalarCount) {
      let charge = load(membrane, i) + load(currents, i) + load(bias, i)
      let limit = load(threshold, i)
      let silent = isExceeded ? .!(charge .> limit) : .!(charge .>= limit)
      let left =
        isZeroed
        ? Vector(repeating: 0).replacing(with: charge, where: silent)
        : charge - limit.replacing(with: 0, where: silent)
      UnsafeMutableRawPointer(membrane + i).storeBytes(of: left, as: Vector.self)
      UnsafeMutableRawPointer(sent + i).storeBytes(
        of: Vector(repeating: 1).replacing(with: 0, where: silent), as: Vector.self)
    }
    for i in whole..<count {
      let charge = membrane[i] + currents[i] + bias[i]
      let fires = isExceeded ? charge > threshold[i] : charge >= threshold[i]
      membrane[i] = fires ? (isZeroed ? 0 : charge - threshold[i]) : charge
      sent[i] = fires ? 1 : 0
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

extension Neuron {
  /// Whether the neuron sends one spike at a time and at once, and V is changed by nothing else.
  fileprivate var isPlain: Bool { spikes == 1 && floor == nil && delay == 0 && decay == 1 }
}
