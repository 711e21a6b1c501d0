import Foundation
import SpikeIR
import Synchronization

/// What the user sees besides results: errors, warnings and progress, on standard error.
enum Console {
  private static let isTerminal = isatty(STDERR_FILENO) == 1
  private static let usesColour =
    isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

  /// Prints an error and ends the program with exit code 1.
  static func fail(_ message: String) -> Never {
    clearProgress()
    write("spikec: \(coloured("error:", 31)) \(message)\n")
    exit(1)
  }

  private static let said = Mutex<Set<Diagnostic>>([])

  /// Prints a warning, once.
  static func warn(_ diagnostic: Diagnostic) {
    guard said.withLock({ $0.insert(diagnostic).inserted }) else { return }
    clearProgress()
    write("spikec: \(coloured("warning:", 35)) \(diagnostic)\n")
  }

  /// Prints what a user may like to know, once.
  @Sendable
  static func remark(_ diagnostic: Diagnostic) {
    guard said.withLock({ $0.insert(diagnostic).inserted }) else { return }
    clearProgress()
    write("spikec: \(coloured("note:", 36)) \(diagnostic)\n")
  }

  /// Prints what is being done.
  static func note(_ message: String) {
    clearProgress()
    write("\(message)\n")
  }

  private static let shown = Mutex<(text: String, time: ContinuousClock.Instant?)>(("", nil))

  /// Shows how far a piece of work is; only on a terminal, and not more than ten times a second.
  @Sendable
  static func progress(_ title: String, _ done: Int, _ total: Int) {
    guard isTerminal else { return }
    let now = ContinuousClock.now
    shown.withLock { state in
      if done < total, let last = state.time, now - last < .milliseconds(100) { return }
      let width = 30
      let filled = total > 0 ? min(width, width * done / total) : width
      let bar =
        String(repeating: "#", count: filled)
        + String(repeating: ".", count: width - filled)
      state = ("\r\(title) [\(bar)] \(done)/\(total)", now)
      write(done >= total ? "\r\u{1B}[K" : state.text)
      if done >= total { state.text = "" }
    }
  }

  private static func clearProgress() {
    shown.withLock { state in
      if !state.text.isEmpty { write("\r\u{1B}[K") }
      state.text = ""
    }
  }

  private static func coloured(_ text: String, _ code: Int) -> String {
    usesColour ? "\u{1B}[1;\(code)m\(text)\u{1B}[0m" : text
  }

  private static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
