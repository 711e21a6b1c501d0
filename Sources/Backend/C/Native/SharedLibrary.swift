import Foundation

/// A program with the weights of one network.
///
/// All threads may use one library, each with its state.
final class SharedLibrary: @unchecked Sendable {
  private static let alignment = 64
  private let program: NativeProgram
  private let weights: UnsafeMutableRawPointer

  /// Runs one image on a state.
  var run: NativeProgram.RunFunction { program.run }
  /// Counts the spikes of each neuron on a state.
  var watch: NativeProgram.WatchFunction { program.watch }

  /// A library with a copy of its weights.
  init(_ program: NativeProgram, weights data: Data) {
    self.program = program
    weights = .allocate(byteCount: max(data.count, 1), alignment: SharedLibrary.alignment)
    data.copyBytes(to: weights.assumingMemoryBound(to: UInt8.self), count: data.count)
  }

  deinit { weights.deallocate() }

  /// Calls `body` with a state of its own.
  func withState<Result>(_ body: (UnsafeMutableRawPointer) throws -> Result) rethrows -> Result {
    let state = UnsafeMutableRawPointer.allocate(
      byteCount: program.stateBytes, alignment: SharedLibrary.alignment)
    defer { state.deallocate() }
    program.initialize(state, weights)
    return try body(state)
  }
}
