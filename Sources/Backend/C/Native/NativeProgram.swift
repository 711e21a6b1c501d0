import Foundation
import SpikeIR

/// The emitted C of a network, schedule and number of timesteps, without its weights, loaded into
/// this process.
///
/// Its functions are re-entrant.
final class NativeProgram: @unchecked Sendable {
  /// `spikec_run` of `library.c.in`.
  typealias RunFunction =
    @convention(c) (
      UnsafeMutableRawPointer, UInt64, UnsafePointer<Float>, UnsafePointer<Int32>, Int32,
      UnsafeMutablePointer<Double>, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt64>
    ) -> Void
  private typealias SizeFunction = @convention(c) () -> Int

  /// `spikec_init` of `library.c.in`.
  typealias InitFunction =
    @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer?) -> Void

  /// `spikec_watch` of `library.c.in`.
  typealias WatchFunction =
    @convention(c) (
      UnsafeMutableRawPointer, UnsafeMutablePointer<UnsafeMutablePointer<Int32>?>?
    ) -> Void

  private let handle: UnsafeMutableRawPointer
  /// The size of a state.
  let stateBytes: Int
  /// Makes a state, with the weights.
  let initialize: InitFunction
  /// Runs one image on a state.
  let run: RunFunction
  /// Counts the spikes of each neuron on a state.
  let watch: WatchFunction

  /// Loads a program.
  ///
  /// - Throws: a `Diagnostic` if it cannot be loaded, as where temporary files may not be executed.
  init(_ file: URL) throws {
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
  }

  deinit { dlclose(handle) }
}
