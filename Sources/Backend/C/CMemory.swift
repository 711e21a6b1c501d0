import SpikeExecution

/// The memory that an emitted network takes, in bytes, where pointers have 64 bits.
public struct CMemory: Sendable {
  /// Weights, thresholds, biases, orders and fan-outs: constant data of the program, or its weight
  /// file; and the tables of what is looked up, which only programs for x86-64 have.
  public let constants: Int
  /// `sizeof(NAME_state)`, of which each thread has one.
  public let state: Int
  /// What the stack takes at most, in an optimised build.
  public let stack: Int

  init(_ plan: CPlan, _ weights: CWeights) {
    constants = weights.bytes
    state = CMemory.stateBytes(plan)
    // Frames of up to 2 KiB; the lists of a window's taps; the sums of a block of timesteps, or
    // what is joined of split levels.
    let events = plan.kernels.events.isEmpty ? 0 : 4 * CEvents.steps * CEvents.tile
    let tables = plan.kernels.tables.isEmpty ? 0 : CTables.stack
    let joined = plan.kernels.packings.values.compactMap { $0.split?.stack }.max() ?? 0
    stack = 2048 + 28 * plan.largestKernel + max(events, tables, joined)
  }

  /// The members in the order of the header: pointers and numbers of 64 bits first.
  private static func stateBytes(_ plan: CPlan) -> Int {
    let fixed = 8 + 8 + 4 + 4 + 4 + 4 + 2 * 8 * (plan.sources.count + 1) + 8 + 8
    let relatives = plan.relatives.reduce(0) { $0 + 8 * $1.count }
    let members = plan.members.reduce(0) { $0 + 4 * $1.count }
    return (fixed + relatives + members + plan.arenaBytes + 7) / 8 * 8
  }
}

extension CTarget {
  /// What the emitted network takes.
  public var memory: CMemory { CMemory(plan, weights) }
}
