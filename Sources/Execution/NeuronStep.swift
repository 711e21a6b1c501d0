import SpikeIR

/// One timestep of a neuron that is not the generic one, after its charge was added up.
struct NeuronStep<Scalar: SpikeScalar>: Sendable {
  private let neuron: Neuron
  private let floor: Scalar?

  init(_ neuron: Neuron) {
    self.neuron = neuron
    floor = neuron.floor.map { Scalar(integer: Int32($0)) }
  }

  /// What is left of a membrane when a timestep begins.
  @inline(__always)
  func remaining(_ membrane: Scalar) -> Scalar {
    neuron.decay == 1 ? membrane : Scalar(level: membrane.double * neuron.decay)
  }

  /// The spikes that `charge` sends, and the membrane after them.
  @inline(__always)
  func fire(_ charge: Scalar, _ threshold: Scalar) -> (spikes: Scalar, membrane: Scalar) {
    let spikes = count(charge, threshold)
    var membrane = charge
    if spikes != 0 {
      switch neuron.reset {
      case .subtract: membrane = charge.adding(-spikes, times: threshold)
      case .zero: membrane = 0
      }
    }
    if let floor { membrane = max(membrane, (0 as Scalar).adding(floor, times: threshold)) }
    return (spikes, membrane)
  }

  @inline(__always)
  private func count(_ charge: Scalar, _ threshold: Scalar) -> Scalar {
    if neuron.spikes > 1 {
      return Scalar.count(charge: charge, threshold: threshold, most: neuron.spikes)
    }
    switch neuron.comparison {
    case .reached: return charge >= threshold ? 1 : 0
    case .exceeded: return charge > threshold ? 1 : 0
    }
  }
}

/// Holds back what a population sends, for neurons whose spikes come later.
final class DelayLine<Scalar: SpikeScalar> {
  private let waiting: [Buffer<Scalar>]
  private var next = 0

  /// - Parameter delay: in timesteps, at least 1.
  init(delay: Int, count: Int) { waiting = (0..<delay).map { _ in Buffer(count) } }

  /// Forgets what waits.
  func clear() {
    for buffer in waiting { buffer.clear() }
    next = 0
  }

  /// Takes the spikes of this timestep, and puts those that are due into their place.
  func exchange(_ spikes: Buffer<Scalar>) {
    let due = waiting[next]
    for i in 0..<spikes.count { swap(&spikes.pointer[i], &due.pointer[i]) }
    next = (next + 1) % waiting.count
  }
}
