import Foundation
import SpikeIR

/// The emitted C of one network, schedule and number of timesteps, loaded into this process.
///
/// Its functions are re-entrant, so that all threads may use one library, each with its state.
final class SharedLibrary: @unchecked Sendable {
  /// `spikec_run` of `library.c.in`.
  typealias RunFunction =
    @convention(c) (
      UnsafeMutableRawPointer, UInt64, UnsafePointer<Float>, UnsafePointer<Int32>, Int32,
      UnsafeMutablePointer<Double>, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt64>
    ) -> Void
  private typealias SizeFunction = @convention(c) () -> Int
  private typealias InitFunction =
    @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer?) -> Void

  /// `spikec_watch` of `library.c.in`.
  typealias WatchFunction =
    @convention(c) (
      UnsafeMutableRawPointer, UnsafeMutablePointer<UnsafeMutablePointer<Int32>?>?
    ) -> Void

  private static let alignment = 64
  private let handle: UnsafeMutableRawPointer
  private let weights: UnsafeMutableRawPointer
  private let initialize: InitFunction
  private let stateBytes: Int
  /// Runs one image on a state.
  let run: RunFunction
  /// Counts the spikes of each neuron on a state.
  let watch: WatchFunction

  /// Loads a library with a copy of its weights.
  ///
  /// - Throws: a `Diagnostic` if it cannot be loaded, as where temporary files may not be executed.
  init(_ file: URL, weights data: Data) throws {
    guard let handle = dlopen(file.path, RTLD_NOW | RTLD_LOCAL) else {
      throw Diagnostic("the compiled network cannot be loaded: \(String(cString: dlerror()))")
    }
    guard let size = dlsym(handle, "spikec_state_bytes"), let start = dlsym(handle, "spikec_init"),
      let run = dlsym(handle, "spikec_run"), let watch = dlsym(handle, "spikec_watch")
    else {
      dlclose(handle)
      throw Diagnostic("the compiled network lacks a function")
    }
    self.handle = handle
    stateBytes = unsafeBitCast(size, to: SizeFunction.self)()
    initialize = unsafeBitCast(start, to: InitFunction.self)
    self.run = unsafeBitCast(run, to: RunFunction.self)
    self.watch = unsafeBitCast(watch, to: WatchFunction.self)
    weights = .allocate(byteCount: max(data.count, 1), alignment: SharedLibrary.alignment)
    data.copyBytes(to: weights.assumingMemoryBound(to: UInt8.self), count: data.count)
  }

  deinit {
    weights.deallocate()
    dlclose(handle)
  }

  /// Calls `body` with a state of its own.
  func withState<Result>(_ body: (UnsafeMutableRawPointer) throws -> Result) rethrows -> Result {
    let state = UnsafeMutableRawPointer.allocate(
      byteCount: stateBytes, alignment: SharedLibrary.alignment)
    defer { state.deallocate() }
    initialize(state, weights)
    return try body(state)
  }
}
