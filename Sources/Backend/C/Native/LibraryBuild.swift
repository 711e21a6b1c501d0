import Dispatch
import Foundation
import SpikeExecution
import SpikeIR
import Synchronization

/// A shared library in the making: the C is emitted and compiled on a thread of its own.
final class LibraryBuild: Sendable {
  private let done = DispatchSemaphore(value: 0)
  private let result = Mutex<Result<SharedLibrary, any Error>?>(nil)

  /// As many compilers run at once as there are cores.
  private static let slots = DispatchSemaphore(value: Parallel.width)
  private static let queue = DispatchQueue(label: "spikec.compilers", attributes: .concurrent)

  /// Begins to build the library of a quantised graph and returns at once.
  init(
    _ graph: Graph, _ schedule: Schedule, timesteps: Int, by compiler: CCompiler,
    _ effort: CCompiler.Effort
  ) {
    LibraryBuild.queue.async { [self] in
      LibraryBuild.slots.wait()
      let built = Result {
        try LibraryBuild.library(graph, schedule, timesteps: timesteps, by: compiler, effort)
      }
      LibraryBuild.slots.signal()
      result.withLock { $0 = built }
      done.signal()
    }
  }

  /// Waits until the library is there.
  ///
  /// - Throws: a `Diagnostic` if it could not be built.
  func library() throws -> SharedLibrary {
    done.wait()
    done.signal()
    return try result.withLock { try $0!.get() }
  }

  private static func library(
    _ graph: Graph, _ schedule: Schedule, timesteps: Int, by compiler: CCompiler,
    _ effort: CCompiler.Effort
  ) throws -> SharedLibrary {
    let target = try CTarget(
      graph.withRealInputs, name: "net", schedule: schedule, timesteps: timesteps,
      embedsWeights: false)
    let program = try ProgramCache.shared.program(
      of: target.libraryFiles(), sources: target.librarySources, by: compiler, effort)
    return SharedLibrary(program, weights: target.weights.file)
  }
}

extension CTarget {
  /// What a shared library is compiled from, in the folder of `libraryFiles()`.
  var librarySources: [String] { ["\(plan.name).c", "\(plan.name)_weights.c", "library.c"] }

  /// The files that `librarySources` and what they include are.
  func libraryFiles() -> [String: Data] {
    let name = plan.name
    let own = Set(["\(name).h", "\(name).c", "\(name)_weights.h", "\(name)_weights.c"])
    let emitted = files().filter { own.contains($0.name) || $0.name.hasPrefix("spikec_") }
    return Dictionary(
      uniqueKeysWithValues: emitted + [("library.c", template(PackageResources.library_c_in))])
  }
}

extension Graph {
  /// The same network that takes its inputs as floats, which samples are.
  fileprivate var withRealInputs: Graph {
    var graph = self
    for id in inputs { graph[id].operation = .input(Input(.real)) }
    return graph
  }
}
