import SpikeExecution
import SpikeIR
import TestSupport
import Testing

@testable import SpikePasses

/// One golden case of a pass: `Tests/Golden/passes/PASS/CASE.spk`.
///
///     // passes: canonicalize
///     // inputs: bytes                  (optional: calibration data of 0 to 255)
///     graph "..." {}                    what the passes take
///     // -----
///     graph "..." {}                    what they leave, or the diagnostic that refuses it
struct PassCase {
  let path: String
  /// Everything up to the separator, as it stands in the file.
  private let head: String
  let pipeline: Pipeline
  let input: Graph
  let calibration: Samples

  static let separator = "// -----\n"
  private static let count = 24

  init(_ path: String) throws {
    self.path = path
    let text = Golden.read(path)
    let head = text.firstRange(of: Self.separator).map { String(text[..<$0.lowerBound]) } ?? text
    self.head = head
    func value(_ key: String) -> String? {
      head.split(separator: "\n").first { $0.hasPrefix("// \(key): ") }
        .map { String($0.dropFirst(key.count + 5)) }
    }
    pipeline = try Pipeline(parsing: try #require(value("passes"), "\(path) has no passes line"))
    input = try Graph(parsing: head)
    let count = Self.count * input[input.inputs[0]].type.count
    let values = SeededValues.floats(count, seed: 20)
    let isByte = value("inputs") == "bytes"
    calibration = Samples(
      isByte ? values.map { (($0 + 1) * 127.5).rounded() } : values, count: Self.count,
      isByte: isByte)
  }

  /// The pass whose folder the case lies in.
  var pass: Pass { pipeline.runs.last!.pass }

  /// Whether the passes' options make them change what they otherwise keep.
  var isAblation: Bool {
    pipeline.runs.contains { run in
      (try? PassArguments(run.pass, given: run.given)).map(run.pass.isAblation) ?? false
    }
  }

  /// The graph behind the passes.
  func run(_ graph: Graph) throws -> Graph {
    var graph = graph
    try PassManager(pipeline, on: graph.facts)
      .run(&graph, calibration: CalibrationData(calibration))
    return graph
  }

  /// The whole file with another expectation.
  func file(_ expectation: String) -> String { head + Self.separator + expectation }
}

/// Samples held in memory, as floats or as 8-bit images.
struct Samples: SampleSource {
  let isByte: Bool
  private let values: FloatSamples

  init(_ values: [Float], count: Int, isByte: Bool = false) {
    self.values = FloatSamples(values, count: count)
    self.isByte = isByte
  }

  var count: Int { values.count }
  var elementCount: Int { values.elementCount }
  func read(_ range: Range<Int>) -> [Float] { values.read(range) }
}

extension Graph {
  /// The textual form with all values.
  var whole: String { text(.values(upTo: .max)) }

  /// The outputs in the units of the imported model, for samples of the analog stage.
  func trueOutputs(_ samples: some SampleSource) throws -> [[Float]] {
    let values = try AnalogExecutor(self).run(samples)
    return zip(outputs, values).map { id, values in
      let scale = self.scale(of: id).perElement(self[id].type)
      return values.enumerated().map { $1 * scale[$0 % scale.count] }
    }
  }

  /// The outputs of the spiking stage, layerwise: per output, sample after sample.
  func spikingOutputs(
    _ samples: some SampleSource, timesteps: Int, _ schedule: Schedule = .layerwise
  )
    throws -> [[Float]]
  {
    let results = try SpikingInterpreter(self).run(samples, schedule, checkpoints: [timesteps])
    return outputs.indices.map { output in
      results.flatMap { $0[0].outputs[output].map { Float($0) } }
    }
  }
}

/// The largest difference between outputs, relative to the largest of the first ones.
func difference(_ a: [[Float]], _ b: [[Float]]) -> Float {
  zip(a, b).map { a, b in
    guard a.count == b.count else { return .infinity }
    let largest = a.map(abs).max() ?? 0
    let distance = zip(a, b).map { abs($0 - $1) }.max() ?? 0
    return distance == 0 ? 0 : distance / largest
  }.max() ?? .infinity
}
