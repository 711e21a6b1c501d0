import CHDF5
import Foundation

/// libhdf5 as Debian and Homebrew build it is not thread-safe: whoever calls it holds this lock.
/// It is recursive because a handle that goes out of scope under the lock takes it again.
private let libraryLock = NSRecursiveLock()

/// Runs `body` with libhdf5 to itself and silent.
func withLibrary<Result>(_ body: () throws -> Result) rethrows -> Result {
  libraryLock.lock()
  defer { libraryLock.unlock() }
  spikec_h5_restrain()
  return try body()
}

/// An open libhdf5 identifier of any kind, closed when the last reference goes.
final class Handle: Sendable {
  let id: hid_t

  /// Takes over `id`; nil where it is libhdf5's mark of failure.
  init?(_ id: hid_t) {
    guard id >= 0 else { return nil }
    self.id = id
  }

  deinit {
    withLibrary { _ = H5Idec_ref(id) }
  }
}
