import Foundation
import SpikeIR

/// The C compiler of this machine.
struct CCompiler: Sendable {
  /// The program's path, and what it is always given.
  let command: [String]

  /// Whether a program is compiled in little time, or to take little time.
  enum Effort: String, Sendable {
    case little = "-O1"
    case full = "-O3"

    /// What a run of so many synapses times timesteps times samples is worth. For a network of a
    /// dozen layers -O3 takes a second longer, and its program two thirds of the time, on two cores
    /// of Zen 5: so much this work saves.
    init(work: Double) { self = work < 2e12 ? .little : .full }
  }

  /// What is tried in turn: not every compiler can ask the processor what it is.
  private static let machines = [["-march=native"], []]

  /// What `CC` names, or else the first of cc, gcc and clang that is in `PATH`; nil if there is
  /// none.
  static func find(
    in environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> CCompiler? {
    let wish = (environment["CC"] ?? "").split(separator: " ").map(String.init)
    let candidates = wish.isEmpty ? ["cc", "gcc", "clang"].map { [$0] } : [wish]
    let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    for candidate in candidates {
      let places = candidate[0].contains("/") ? [""] : folders.map { $0 + "/" }
      for place in places where FileManager.default.isExecutableFile(atPath: place + candidate[0]) {
        return CCompiler(command: [place + candidate[0]] + candidate.dropFirst())
      }
    }
    return nil
  }

  /// Makes an object file, for a shared library, of each of some C99 files of a folder.
  ///
  /// - Throws: a `Diagnostic` with what the compiler says.
  func makeObjects(of sources: [String], in folder: URL, _ effort: Effort) throws {
    try make(["-c"] + sources, in: folder, effort)
  }

  /// Makes a shared library of C99 files and object files of a folder.
  ///
  /// - Throws: a `Diagnostic` with what the compiler says.
  func makeLibrary(_ name: String, of sources: [String], in folder: URL, _ effort: Effort) throws {
    try make(["-shared", "-o", name] + sources + ["-lm"], in: folder, effort)
  }

  private func make(_ work: [String], in folder: URL, _ effort: Effort) throws {
    var complaint = ""
    for machine in CCompiler.machines {
      let arguments =
        command.dropFirst() + ["-std=c99", effort.rawValue] + machine
        + ["-fPIC", "-fvisibility=hidden", "-ffp-contract=off", "-w"] + work
      let (status, errors) = try run(Array(arguments), in: folder)
      if status == 0 { return }
      complaint = errors
    }
    let lines = complaint.split(separator: "\n").prefix(3).map(String.init)
    throw Diagnostic("the C compiler \(command[0]) failed", notes: lines)
  }

  private func run(_ arguments: [String], in folder: URL) throws -> (status: Int32, String) {
    // A file and no pipe: a full pipe would stop the process.
    let errors = folder.appendingPathComponent("errors.txt")
    try Data().write(to: errors)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    )
  }
}
