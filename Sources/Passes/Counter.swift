import Synchronization

/// A sum that several threads add to.
final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  /// Adds and gives the new sum.
  func add(_ amount: Int) -> Int { value.wrappingAdd(amount, ordering: .relaxed).newValue }
}
