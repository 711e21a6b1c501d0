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
    let constants = target.constantsSource
    var files = target.libraryFiles()
    let definitions = files.removeValue(forKey: constants)
    let objects = try ObjectCache.shared.objects(
      of: target.codeSources, in: files, by: compiler, effort)
    files.merge(objects) { $1 }
    files[constants] = definitions
    return try BuildFolder.with(files) { folder in
      try compiler.makeLibrary(
        "net.so", of: objects.keys.sorted() + [constants], in: folder, effort)
      return try SharedLibrary(
        folder.appendingPathComponent("net.so"), weights: target.weights.file)
    }
  }
}

extension CTarget {
  /// Those of `libraryFiles()` that are compiled to the code of a shared library.
  var codeSources: [String] { ["\(plan.name).c", "library.c"] }

  /// That of `libraryFiles()` that defines its constants.
  var constantsSource: String { "\(plan.name)_weights.c" }

  /// What a shared library is compiled from, and what that includes.
  func libraryFiles() -> [String: Data] {
    let name = plan.name
    let own = Set(["\(name).h", "\(name).c", "\(name)_weights.h", constantsSource])
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
