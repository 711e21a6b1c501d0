import Dispatch
import Foundation
import Synchronization

/// Runs independent pieces of work on all cores.
public enum Parallel {
  /// The number of threads that work at the same time.
  public static let width = max(1, ProcessInfo.processInfo.activeProcessorCount)

  /// Calls `body` for every chunk of `chunkSize` out of `count` and gives the results in order.
  ///
  /// The first error that a chunk throws ends the work and is thrown.
  public static func map<Result: Sendable, Failure: Error>(
    count: Int, chunkSize: Int, _ body: @Sendable (Range<Int>) throws(Failure) -> Result
  ) throws(Failure) -> [Result] {
    let chunks = stride(from: 0, to: count, by: chunkSize).map {
      $0..<min($0 + chunkSize, count)
    }
    let results = Mutex<[Int: Swift.Result<Result, Failure>]>([:])
    let next = Atomic<Int>(0)
    let work: @Sendable (Int) -> Void = { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < chunks.count else { return }
        let result = Swift.Result { () throws(Failure) in try body(chunks[index]) }
        if case .failure = result { next.store(chunks.count, ordering: .relaxed) }
        results.withLock { $0[index] = result }
      }
    }
    DispatchQueue.concurrentPerform(iterations: min(width, chunks.count), execute: work)
    let done = results.withLock { $0 }
    for case .failure(let error) in done.values { throw error }
    var ordered: [Result] = []
    ordered.reserveCapacity(chunks.count)
    for index in chunks.indices { ordered.append(try done[index]!.get()) }
    return ordered
  }
}
