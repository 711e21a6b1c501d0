import ArgumentParser
import Foundation
import SpikeExecution
import SpikeIR

/// A file of options: one a line, named as on the command line, without the dashes.
///
///     # what a person should know
///     schedule=layerwise
///     timesteps=8
///     per-channel
enum SettingsFile {
  /// The arguments with the options of the file that `--options` names in front of the user's
  /// own, so that these win.
  ///
  /// - Throws: a `Diagnostic` that names the file and the line.
  static func expanded(_ arguments: [String]) throws -> [String] {
    guard let command = arguments.first, let path = path(in: arguments.dropFirst()) else {
      return arguments
    }
    return [command] + (try read(path)) + arguments.dropFirst()
  }

  private static func path(in arguments: ArraySlice<String>) -> String? {
    for (position, argument) in zip(arguments.indices, arguments) {
      if argument == "--" { return nil }
      if argument == "--options" { return arguments[(position + 1)...].first }
      if argument.hasPrefix("--options=") { return String(argument.dropFirst(10)) }
    }
    return nil
  }

  /// The options of a file, as arguments.
  private static func read(_ path: String) throws -> [String] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Diagnostic("cannot be read as a file of options", file: path)
    }
    var arguments: [String] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let words = line.trimmingCharacters(in: .whitespaces)
      if words.isEmpty || words.hasPrefix("#") { continue }
      let argument = "--" + words
      do {
        _ = try SettingsLine.parse(["model", argument])
      } catch {
        let lines = SettingsLine.message(for: error).split(separator: "\n").map(String.init)
        throw Diagnostic(
          "line \(number + 1): \(lines.first ?? "no option")", file: path,
          notes: ["a line is an option's name, or name=value, as in timesteps=8"])
      }
      arguments.append(argument)
    }
    return arguments
  }

  /// Writes options with what a person should know about them.
  ///
  /// - Throws: a `Diagnostic` if the file cannot be written.
  static func write(_ settings: [Setting], comments: [String], to path: String) throws {
    let lines = comments.map { "# \($0)" } + settings.map(\.text)
    do {
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(
        to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Diagnostic("cannot be written: \(error.localizedDescription)", file: path)
    }
  }
}

/// One option of a file: a name with a value, or a flag.
struct Setting: Hashable {
  let name: String
  let value: String?

  init(_ name: String, _ value: String? = nil) {
    self.name = name
    self.value = value
  }

  /// The line of a file.
  var text: String { value.map { "\(name)=\($0)" } ?? name }
}

/// The options that a file may hold.
private struct SettingsLine: ParsableArguments {
  @OptionGroup var network: NetworkOptions

  @Option(name: [.customLong("input"), .customLong("coding")])
  var coding: Encode.Coding = .direct

  @Option var seed: Int = 0
  @Option var timesteps: Int = 64
  @Option var schedule: Schedule = .layerwise
}
