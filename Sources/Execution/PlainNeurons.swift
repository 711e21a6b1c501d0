import SpikeIR

/// Populations of neurons that send one spike at a time and at once, and whose membranes nothing
/// else changes: a few neurons go through all timesteps together, their membranes in registers.
extension PopulationNeurons {
  /// Whether the neurons are such ones, and enough for it.
  var isPlain: Bool {
    neuron.spikes == 1 && neuron.floor == nil && neuron.delay == 0 && neuron.decay == 1
      && threshold.count >= PlainGroup.count
  }

  /// Writes the number of spikes of each neuron.
  func plainCounts(_ currents: [Float], _ counts: UnsafeMutablePointer<Float>) {
    forEachGroup(currents) { first, group, step in
      let one = PlainGroup.Vector(repeating: 1)
      var count = PlainGroup.Vector(repeating: 0)
      for _ in 0..<timesteps { count += one.replacing(with: 0, where: step(&group)) }
      UnsafeMutableRawPointer(counts + first).storeBytes(of: count, as: PlainGroup.Vector.self)
    }
  }

  /// Writes the spikes of each timestep.
  func plainSpikes(_ currents: [Float], _ spikes: UnsafeMutablePointer<Int8>) {
    let neurons = threshold.count
    forEachGroup(currents) { first, group, step in
      let one = SIMD16<Int32>(repeating: 1)
      for t in 0..<timesteps {
        let sent = one.replacing(with: 0, where: step(&group))
        UnsafeMutableRawPointer(spikes + (t &* neurons &+ first))
          .storeBytes(of: SIMD16<Int8>(truncatingIfNeeded: sent), as: SIMD16<Int8>.self)
      }
    }
  }

  /// Does a timestep, and gives the neurons that send nothing.
  private typealias Step = (inout PlainGroup) -> PlainGroup.Mask

  /// Shows groups of neurons: the first of each, their state, and what does a timestep.
  @inline(__always)
  private func forEachGroup(_ currents: [Float], _ body: (Int, inout PlainGroup, Step) -> Void) {
    let neurons = threshold.count
    let offset = currents.count == neurons ? 0 : neurons
    precondition(currents.count >= offset * (timesteps - 1) + neurons)
    withConstants(currents) { currents, start, bias, threshold in
      for next in stride(from: 0, to: neurons, by: PlainGroup.count) {
        // The last group begins where it is whole: some neurons are worked out twice.
        let first = min(next, neurons &- PlainGroup.count)
        var group = PlainGroup(
          start + first, bias + first, threshold + first, currents + first, offset)
        // Constants, so that there is a loop for each without a choice in it.
        switch (neuron.reset, neuron.comparison) {
        case (.subtract, .reached): body(first, &group) { $0.step(false, false) }
        case (.subtract, .exceeded): body(first, &group) { $0.step(false, true) }
        case (.zero, .reached): body(first, &group) { $0.step(true, false) }
        case (.zero, .exceeded): body(first, &group) { $0.step(true, true) }
        }
      }
    }
  }
}

/// A few plain neurons on their way through the timesteps.
private struct PlainGroup {
  typealias Vector = SIMD16<Float>
  typealias Mask = SIMDMask<SIMD16<Int32>>

  /// How many neurons there are.
  static let count = Vector.scalarCount

  private var membrane: Vector
  private let bias: Vector
  private let threshold: Vector
  private var arriving: UnsafePointer<Float>
  private let offset: Int

  /// - Parameters:
  ///   - arriving: the currents of the first timestep.
  ///   - offset: how far on those of the next lie.
  @inline(__always)
  init(
    _ start: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ threshold: UnsafePointer<Float>,
    _ arriving: UnsafePointer<Float>, _ offset: Int
  ) {
    (membrane, self.bias) = (Self.load(start), Self.load(bias))
    self.threshold = Self.load(threshold)
    (self.arriving, self.offset) = (arriving, offset)
  }

  @inline(__always)
  private static func load(_ pointer: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
  }

  /// Does a timestep, and gives the neurons that send nothing.
  @inline(__always)
  mutating func step(_ isZeroed: Bool, _ isExceeded: Bool) -> Mask {
    let charge = membrane + Self.load(arriving) + bias
    arriving += offset
    let silent = isExceeded ? .!(charge .> threshold) : .!(charge .>= threshold)
    membrane =
      isZeroed
      ? Vector(repeating: 0).replacing(with: charge, where: silent)
      : charge - threshold.replacing(with: 0, where: silent)
    return silent
  }
}
