import Foundation
import SpikeExecution
import SpikeIR
import Synchronization
import TestSupport
import Testing

@testable import SpikeBackend

/// The emitted C as `spikec evaluate` runs it, against the interpreter.
@Suite struct ExecutorTests {
  /// Seeds of graphs, one for each input coding.
  private static let seeds: [UInt64] = [0, 1, 2, 3, 4]

  private func samples(_ graph: Graph) -> FloatSamples {
    var numbers = Numbers(seed: 7)
    let count = 35 * graph[graph.inputs[0]].type.count
    return FloatSamples(numbers.floats(count).map { $0 * 9 + 2 }, count: 35)
  }

  @Test(arguments: seeds, Schedule.allCases)
  func compiledRunsAsInterpreted(_ seed: UInt64, _ schedule: Schedule) throws {
    let graph = try SpikeForSpikeTests.graph(seed)
    let samples = samples(graph)
    let checkpoints = schedule == .layerwise ? [12] : [17, 5, 16]
    let interpreter = try SpikingInterpreter(graph)
    let expected = try interpreter.run(samples, schedule, checkpoints: checkpoints)
    #expect(expected.contains { $0[0].spikes.contains { $0 > 0 } }, "nothing to compare")
    let compiled = try CompiledExecutor(graph)
    compiled.prepare(schedule, checkpoints: checkpoints, samples: samples.count)
    let done = Mutex(0)
    let observed = try compiled.run(samples, schedule, checkpoints: checkpoints) { count in
      done.withLock { $0 += count }
    }
    #expect(observed == expected)
    #expect(done.withLock { $0 } == samples.count)
    #expect(compiled.sources == interpreter.sources)
    #expect(compiled.inputOperations == interpreter.inputOperations)
  }

  @Test func theCodeOfNetworksThatDifferInConstantsIsCompiledOnce() throws {
    let graph = try SpikeForSpikeTests.graph(1)
    var other = graph
    for id in graph.order {
      guard case .conv2d(var convolution) = graph[id].operation else { continue }
      let weight = graph.constants[convolution.weight]
      convolution.weight = other.constants.add(
        graph.constants.name(of: convolution.weight),
        Tensor(weight.shape, integers: weight.integers.reversed()))
      other[id].operation = .conv2d(convolution)
    }
    let samples = samples(graph)
    try withTemporaryFolder { folder in
      let (tool, log) = (
        folder.appendingPathComponent("mycc"), folder.appendingPathComponent("log")
      )
      let real = try #require(CCompiler.find()).command.joined(separator: " ")
      let script = "#!/bin/sh\necho \"$@\" >> '\(log.path)'\nexec \(real) \"$@\"\n"
      try Data(script.utf8).write(to: tool)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tool.path)
      let compiler = CCompiler(command: [tool.path])
      let results = try [graph, other].map { graph in
        let interpreter = try SpikingInterpreter(graph)
        let observed = try CompiledExecutor(graph, reference: interpreter, compiler: compiler)
          .run(samples, .pipelined, checkpoints: [12])
        #expect(try observed == interpreter.run(samples, .pipelined, checkpoints: [12]))
        return observed
      }
      #expect(results[0] != results[1])
      let calls = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
      #expect(calls.map { $0.contains("net.c") } == [true, false, false])
    }
  }

  @Test func layerwiseRunsForSeveralTimestepsAtOnce() throws {
    let graph = try SpikeForSpikeTests.graph(2)
    let samples = samples(graph)
    let (checkpoints, schedule) = ([9, 3], Schedule.layerwise)
    #expect(
      try CompiledExecutor(graph).run(samples, schedule, checkpoints: checkpoints)
        == SpikingInterpreter(graph).run(samples, schedule, checkpoints: checkpoints))
  }

  @Test(arguments: Schedule.allCases)
  func countsTheSpikesOfEachNeuron(_ schedule: Schedule) throws {
    let graph = try SpikeForSpikeTests.graph(3)
    let (interpreter, samples) = (try SpikingInterpreter(graph), samples(graph))
    func counts(_ executor: some SpikingExecutor) throws -> [[[Int32]]] {
      try executor.watch(samples, schedule, timesteps: 11) { sample in
        #expect(sample.values == samples.read(sample.number..<sample.number + 1))
        #expect(sample.counts.map { $0.reduce(0) { $0 + Int($1) } } == sample.result.spikes)
        return sample.counts
      }
    }
    let observed = try counts(CompiledExecutor(graph))
    #expect(observed.count == samples.count)
    #expect(try observed == counts(interpreter))
    let fast = try FastestExecutor(graph, leastWork: 1e12, compiler: nil) { _ in }
    #expect(try observed == counts(fast))
  }

  @Test func refusesWhatTheInterpreterRefuses() throws {
    let graph = try SpikeForSpikeTests.graph(0)
    let compiled = try CompiledExecutor(graph)
    let short = FloatSamples([1, 2], count: 1)
    #expect(throws: Diagnostic.self) { try compiled.run(short, .layerwise, checkpoints: [4]) }
    for checkpoints in [[], [0], [65]] {
      compiled.prepare(.pipelined, checkpoints: checkpoints, samples: 1)
      #expect(throws: Diagnostic.self) {
        try compiled.run(samples(graph), .pipelined, checkpoints: checkpoints)
      }
    }
  }

  /// The compilers that are not there, or cannot compile, and the word by which it is said.
  static let useless: [(CCompiler?, String)] = [
    (nil, "no C compiler"), (CCompiler(command: ["/bin/false"]), "/bin/false failed"),
  ]

  @Test(arguments: 0..<2)
  func interpretsWhereNothingCompiles(_ index: Int) throws {
    let (compiler, word) = Self.useless[index]
    let graph = try SpikeForSpikeTests.graph(0)
    let samples = samples(graph)
    let notes = Mutex<[Diagnostic]>([])
    let executor = try FastestExecutor(graph, leastWork: 0, compiler: compiler) { note in
      notes.withLock { $0.append(note) }
    }
    executor.prepare(.pipelined, checkpoints: [4, 8], samples: samples.count)
    let observed = try executor.run(samples, .pipelined, checkpoints: [4, 8])
    #expect(
      try observed == SpikingInterpreter(graph).run(samples, .pipelined, checkpoints: [4, 8]))
    let said = notes.withLock { $0 }
    #expect(said.count == 1 && said[0].message.contains("interpreted"))
    #expect(said[0].message.contains(word))
  }

  @Test func interpretsFloatsAndLittleWork() throws {
    var graph = try SpikeForSpikeTests.graph(0)
    let notes = Mutex<[Diagnostic]>([])
    let note: @Sendable (Diagnostic) -> Void = { note in notes.withLock { $0.append(note) } }
    let broken = CCompiler(command: ["/bin/false"])
    _ = try FastestExecutor(graph, leastWork: 1e12, compiler: broken, note: note)
      .run(samples(graph), .layerwise, checkpoints: [4])
    #expect(notes.withLock { $0 }.isEmpty)
    graph.facts.remove(.quantized)
    _ = try FastestExecutor(graph, leastWork: 0, compiler: .find(), note: note)
      .run(samples(graph), .layerwise, checkpoints: [4])
    #expect(notes.withLock { $0 }.contains { $0.message.contains("quantised") })
  }

  @Test func findsTheCompilerThatCCNames() throws {
    try withTemporaryFolder { folder in
      let tool = folder.appendingPathComponent("mycc")
      try Data("#!/bin/sh\n".utf8).write(to: tool)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tool.path)
      let path = ["PATH": folder.path]
      #expect(CCompiler.find(in: path) == nil)
      #expect(CCompiler.find(in: path.merging(["CC": "absent"]) { $1 }) == nil)
      let found = CCompiler.find(in: path.merging(["CC": "mycc -m64"]) { $1 })
      #expect(found?.command == [tool.path, "-m64"])
      #expect(CCompiler.find(in: ["CC": tool.path])?.command == [tool.path])
    }
  }
}
