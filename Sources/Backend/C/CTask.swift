/// Statements of the emitted C, and how threads of OpenMP share them.
struct CTask {
  enum Sharing {
    /// One thread runs them.
    case once
    /// They share their loops themselves, and all threads run them.
    case within
    /// Each timestep of a block is a thread's own.
    case timesteps
  }

  let sharing: Sharing
  let lines: [String]

  init(_ sharing: Sharing, _ lines: [String]) {
    self.sharing = sharing
    self.lines = lines
  }

  /// Statements for the whole of a network, or for what is the same at every timestep.
  static func atOnce(_ tasks: [CTask]) -> [String] {
    let tasks = tasks.map { CTask($0.sharing == .within ? .within : .once, $0.lines) }
    return joined(tasks).flatMap { task in
      task.sharing == .within ? task.lines : block("SPIKEC_ONCE {", task.lines)
    }
  }

  /// Statements for the timestep `t` of a block, at all of them.
  static func eachTimestep(_ tasks: [CTask]) -> [String] {
    joined(tasks).flatMap { task in
      let loop = block("for (int32_t t = 0; t < steps; ++t) {", task.lines)
      return switch task.sharing {
      case .once: block("SPIKEC_ONCE {", loop)
      case .within: loop
      case .timesteps: ["SPIKEC_SHARE " + loop[0]] + loop.dropFirst()
      }
    }
  }

  /// Threads wait for each other between tasks: those that are shared alike become one.
  private static func joined(_ tasks: [CTask]) -> [CTask] {
    tasks.filter { !$0.lines.isEmpty }.reduce(into: []) { result, task in
      guard let last = result.last, last.sharing == task.sharing else { return result.append(task) }
      result[result.count - 1] = CTask(last.sharing, last.lines + task.lines)
    }
  }

  private static func block(_ head: String, _ lines: [String]) -> [String] {
    [head] + lines.map { "  " + $0 } + ["}"]
  }
}
