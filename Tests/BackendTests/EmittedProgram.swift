import Foundation
import SpikeBackend
import SpikeData
import SpikeExecution
import SpikeIR
import Testing

/// A compiler with its options.
struct Toolchain: CustomTestStringConvertible, Sendable {
  let compiler: String
  let flags: [String]
  /// What runs programs for another processor; empty for this machine's.
  var launcher: [String] = []
  var testDescription: String { ([compiler] + flags).joined(separator: " ") }

  /// Whether it looks for misuse of memory and undefined behaviour.
  var sanitizes: Bool { flags.contains(Self.sanitizers[0]) }

  /// What every emitted file must pass without a warning.
  static let warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
  private static let sanitizers = [
    "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g",
  ]

  /// Kernels for which instruction sets are left out.
  static let kernels = ["-DSPIKEC_ALL", "-DSPIKEC_NO_AVX512", "-DSPIKEC_NO_SIMD"]

  static let all: [Toolchain] = ["gcc", "clang"].flatMap { compiler in
    [
      Toolchain(compiler: compiler, flags: ["-O0"] + sanitizers),
      Toolchain(compiler: compiler, flags: ["-O3", "-march=native"]),
    ]
  }
}

/// Whether a program of this name is on the path.
func isInstalled(_ tool: String) -> Bool {
  let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
  return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
}

/// What a process left.
struct ProcessResult {
  let status: Int32
  let output: String
  let error: String

  /// Runs a program, found by its name or path, to its end.
  init(_ arguments: [String], in folder: URL) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    // Files and no pipes: a full pipe would stop the process.
    let names = ["output", "error"].map { folder.appendingPathComponent("\($0)-\(UUID())") }
    for name in names { try Data().write(to: name) }
    process.standardOutput = try FileHandle(forWritingTo: names[0])
    process.standardError = try FileHandle(forWritingTo: names[1])
    // Threads of Dispatch block this signal, a process inherits that, and cmake would wait forever.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGCHLD)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    try process.run()
    process.waitUntilExit()
    status = process.terminationStatus
    output = String(decoding: try Data(contentsOf: names[0]), as: UTF8.self)
    error = String(decoding: try Data(contentsOf: names[1]), as: UTF8.self)
  }
}

/// A network's emitted folder, and the program that a compiler makes of it.
struct EmittedProgram {
  let folder: URL

  /// The network's C.
  var code: String {
    get throws {
      try String(contentsOf: folder.appendingPathComponent("net.c"), encoding: .utf8)
    }
  }

  init(
    _ graph: Graph, _ schedule: Schedule, timesteps: Int, meanLevels: [NodeID: Double] = [:],
    in folder: URL
  ) throws {
    try self.init(
      graph, schedule, timesteps: timesteps, meanLevels: meanLevels,
      at: folder.appendingPathComponent("net-\(UUID())"))
  }

  /// In exactly this folder.
  init(
    _ graph: Graph, _ schedule: Schedule, timesteps: Int, meanLevels: [NodeID: Double] = [:],
    at folder: URL
  ) throws {
    self.folder = folder
    try CTarget(
      graph, name: "net", schedule: schedule, timesteps: timesteps, meanLevels: meanLevels
    ).write(to: self.folder.path)
  }

  /// Compiles the program; it must give no warning.
  func build(_ toolchain: Toolchain, extra: [String] = []) throws {
    // There is no zlib for other processors.
    let zlib = toolchain.launcher.isEmpty ? ["-DSPIKEC_ZLIB", "-lz"] : []
    let result = try ProcessResult(
      [toolchain.compiler, "-std=c99"] + toolchain.flags + Toolchain.warnings + extra + [
        "-o", "net_main", "net.c", "net_weights.c", "net_main.c", "spikec_npz.c", "-lm",
      ] + zlib, in: folder)
    #expect(result.status == 0, "\(result.error)")
    #expect(!result.error.contains("net.c") && !result.error.contains("spikec"))
  }

  func run(_ arguments: [String], launcher: [String] = []) throws -> ProcessResult {
    try ProcessResult(launcher + ["./net_main"] + arguments, in: folder)
  }
}

/// What the program's summary says with `--json`.
struct Summary: Decodable, Equatable {
  struct Source: Decodable, Equatable {
    let name: String
    let spikes: Int
    let synaptic_operations: Int
  }

  let images: Int
  let timesteps: Int
  let correct: Int?
  let input_operations_per_image: Int
  let sources: [Source]

  init(_ result: ProcessResult) throws {
    self = try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
  }
}

/// What an observer saw: the spikes of all sources at all timesteps, one after the other.
private final class Recording {
  var spikes: [Int32] = []
}

/// What the interpreter says of some samples.
struct Expectation {
  let trace: [Int32]
  var outputs: [Double] = []
  var spikes: [Int] = []
  var synapticOperations: [Int] = []
  let inputOperations: Int

  init(
    _ graph: Graph, _ samples: [[Float]], _ schedule: Schedule, timesteps: Int
  ) throws {
    let interpreter = try SpikingInterpreter(graph)
    inputOperations = interpreter.inputOperations
    spikes = interpreter.sources.map { _ in 0 }
    synapticOperations = spikes
    let seen = Recording()
    for (number, sample) in samples.enumerated() {
      let result = interpreter.run(
        sample, number: number, schedule, checkpoints: [timesteps]
      ) { seen.spikes += $2 }[0]
      outputs += result.outputs.flatMap { $0 }
      spikes = zip(spikes, result.spikes).map { $0 + $1 }
      synapticOperations = zip(synapticOperations, result.synapticOperations).map { $0 + $1 }
    }
    trace = seen.spikes
  }
}

/// Holds the emitted program against the interpreter: every spike, every output bit, every count.
func expectSameSpikes(
  _ graph: Graph, _ samples: [[Float]], _ schedule: Schedule, timesteps: Int,
  _ toolchains: [Toolchain], kernels: [String] = Toolchain.kernels,
  meanLevels: [NodeID: Double] = [:], in folder: URL
) throws {
  let expected = try Expectation(graph, samples, schedule, timesteps: timesteps)
  #expect(expected.spikes.reduce(0, +) > 0, "nothing to compare")
  let program = try EmittedProgram(
    graph, schedule, timesteps: timesteps, meanLevels: meanLevels, in: folder)
  let shape = [samples.count] + graph[graph.inputs[0]].type.shape
  try NPYFile.write(
    NDArray(samples.flatMap { $0 }, shape: shape),
    to: program.folder.appendingPathComponent("x.npy").path)
  for (i, toolchain) in toolchains.enumerated() {
    try program.build(toolchain, extra: [kernels[i % kernels.count]])
    // An observer sees one timestep after the other; else blocks of them are computed together.
    for observing in [["--trace", "trace"], []] {
      let result = try program.run(
        ["x.npy", "--json", "--batch", "2", "--output", "y.npy"] + observing,
        launcher: toolchain.launcher)
      #expect(result.status == 0 && result.error == "", "\(toolchain): \(result.error)")
      let outputs = try Data(contentsOf: program.folder.appendingPathComponent("y.npy"))
      #expect(
        outputs.suffix(8 * expected.outputs.count) == expected.outputs.withUnsafeBytes { Data($0) },
        "\(toolchain)")
      try expectCounts(result.output, expected, images: samples.count)
    }
    let trace = try Data(contentsOf: program.folder.appendingPathComponent("trace"))
    #expect(trace == expected.trace.withUnsafeBytes { Data($0) }, "\(toolchain)")
  }
}

/// Holds a summary's counts against the interpreter's.
private func expectCounts(_ json: String, _ expected: Expectation, images: Int) throws {
  let summary = try JSONDecoder().decode(Summary.self, from: Data(json.utf8))
  #expect(summary.images == images)
  #expect(summary.sources.map(\.spikes) == expected.spikes)
  #expect(summary.sources.map(\.synaptic_operations) == expected.synapticOperations)
  #expect(summary.input_operations_per_image == expected.inputOperations)
}

extension Graph {
  /// As if all values had been measured to have this mean.
  func everywhere(_ level: Double) -> [NodeID: Double] {
    Dictionary(uniqueKeysWithValues: order.map { ($0, level) })
  }
}
