import Foundation
import Testing

/// What a run of the built command line gave.
struct SpikecRun {
  /// The exit code; nil if a signal ended it.
  let exitCode: Int32?
  let output: String
  let errors: String

  /// The lines on standard output.
  var outputLines: [Substring] { output.split(separator: "\n") }

  /// The lines on standard error.
  var errorLines: [Substring] { errors.split(separator: "\n") }
}

/// The command line as a user runs it: the executable that was built beside the tests.
enum Spikec {
  static let executable: URL = {
    let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
    let places = bundles + [URL(fileURLWithPath: CommandLine.arguments[0])]
    let candidates = places.flatMap { place in
      // On macOS the tests' executable lies some folders deep in its bundle.
      (1...4).map { depth in
        (0..<depth).reduce(place.standardizedFileURL) { url, _ in url.deletingLastPathComponent() }
          .appendingPathComponent("spikec")
      }
    }
    var isFolder: ObjCBool = false
    return candidates.first {
      FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder)
        && !isFolder.boolValue
    } ?? URL(fileURLWithPath: "spikec")
  }()

  /// Runs `spikec` with `arguments` in `folder`.
  static func run(_ arguments: [String], in folder: URL? = nil) throws -> SpikecRun {
    try run(executable, arguments, in: folder)
  }

  /// Runs any program, its input empty and its outputs no terminal.
  static func run(_ program: URL, _ arguments: [String], in folder: URL? = nil) throws
    -> SpikecRun
  {
    let manager = FileManager.default
    let scratch = manager.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)")
    try manager.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? manager.removeItem(at: scratch) }
    // Files, because a full pipe that nobody reads would stop the program.
    func sink(_ name: String) throws -> (URL, FileHandle) {
      let url = scratch.appendingPathComponent(name)
      try Data().write(to: url)
      return (url, try FileHandle(forWritingTo: url))
    }
    let (output, errors) = (try sink("out"), try sink("err"))
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder ?? scratch
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output.1
    process.standardError = errors.1
    try process.run()
    process.waitUntilExit()
    return SpikecRun(
      exitCode: process.terminationReason == .exit ? process.terminationStatus : nil,
      output: try String(contentsOf: output.0, encoding: .utf8),
      errors: try String(contentsOf: errors.0, encoding: .utf8))
  }

  /// Runs `spikec` and expects exit code 0; gives what it gave.
  @discardableResult
  static func succeed(
    _ arguments: [String], in folder: URL? = nil, at location: SourceLocation = #_sourceLocation
  ) throws -> SpikecRun {
    let run = try run(arguments, in: folder)
    #expect(run.exitCode == 0, "\(arguments): \(run.errors)", sourceLocation: location)
    return run
  }
}

/// The example in the repository: a small CNN with batch-norms and poolings, and its images.
enum Digits {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("examples/digits")
  static let model = folder.appendingPathComponent("digits.h5").path
  static let train = folder.appendingPathComponent("digits_train.npz").path
  static let test = folder.appendingPathComponent("digits_test.npz").path
  /// The options that calibrate it rightly.
  static let calibration = ["--calibrate", train, "--scale", "16"]

  /// Compiles something into `output`, as every test here does.
  static func compile(_ model: String = model, to output: String, _ more: [String] = [])
    -> [String]
  {
    ["compile", model] + calibration + ["--timesteps", "16", "-o", output] + more
  }
}

/// The files of a folder by name, without the ones in folders.
func contents(of folder: URL) throws -> [String: Data] {
  let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
  return try Dictionary(
    uniqueKeysWithValues: names.map {
      ($0, try Data(contentsOf: folder.appendingPathComponent($0)))
    })
}

/// A JSON file's object.
func json(_ url: URL) throws -> [String: Any] {
  let object = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
  return try #require(object as? [String: Any])
}
