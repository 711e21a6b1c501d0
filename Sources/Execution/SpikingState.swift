import SpikeIR

/// Membranes, counts and values of one sample in flight. One per thread.
final class SpikingState<Scalar: SpikeScalar> {
  let network: SpikingNetwork<Scalar>
  private var values: [NodeID: Buffer<Scalar>] = [:]
  /// Membranes, accumulators, and running sums of max-pooling operands.
  private(set) var memory: [NodeID: Buffer<Scalar>] = [:]
  /// The largest running sum of each max-pooling's windows.
  private(set) var peaks: [NodeID: Buffer<Scalar>] = [:]
  /// What populations have sent that comes later.
  private var delayed: [NodeID: DelayLine<Scalar>] = [:]
  private var spikes: [Int]
  private var operations: [Int]
  private let observer: SpikingInterpreter.Observer?

  init(_ network: SpikingNetwork<Scalar>, _ observer: SpikingInterpreter.Observer?) {
    self.network = network
    self.observer = observer
    spikes = [Int](repeating: 0, count: network.sources.count)
    operations = spikes
    for step in network.steps {
      values[step.node] = Buffer(step.count)
      switch step.kernel {
      case .fire(let neurons):
        memory[step.node] = Buffer(step.count)
        if neurons.kind.delay > 0 {
          delayed[step.node] = DelayLine(delay: neurons.kind.delay, count: step.count)
        }
      case .readOut, .decode: memory[step.node] = Buffer(step.count)
      case .maxPool(let operand, _):
        memory[step.node] = Buffer(operand.count)
        peaks[step.node] = Buffer(step.count)
      case .input, .encode, .synapse, .sum, .move, .join, .pad, .sumPool: break
      }
    }
  }

  func run(
    _ sample: [Float], number: Int, _ schedule: Schedule, _ checkpoints: [Int]
  ) -> [SpikingResult] {
    switch schedule {
    case .layerwise:
      return checkpoints.map { timesteps in
        reset()
        for step in network.steps {
          evaluate(step, sample, number, .all(timesteps))
          note(step, .all(timesteps))
        }
        return result(timesteps)
      }
    case .pipelined:
      reset()
      var results: [SpikingResult] = []
      for t in 1...(checkpoints.max() ?? 1) {
        for step in network.steps where t == 1 || !step.isConstant {
          evaluate(step, sample, number, .one(t))
          note(step, .one(t))
        }
        if checkpoints.contains(t) { results.append(result(t)) }
      }
      return checkpoints.map { t in results.first { $0.timesteps == t }! }
    }
  }

  /// Runs one sample and shows every node's value: layerwise once, summed over the timesteps;
  /// pipelined at every timestep.
  func watch(
    _ sample: [Float], number: Int, _ schedule: Schedule, timesteps: Int,
    _ body: (NodeID, UnsafeBufferPointer<Scalar>) -> Void
  ) {
    reset()
    let spans =
      schedule == .layerwise ? [Span.all(timesteps)] : (1...timesteps).map { Span.one($0) }
    for span in spans {
      for step in network.steps {
        evaluate(step, sample, number, span)
        let value = values[step.node]!
        body(step.node, UnsafeBufferPointer(start: value.pointer, count: value.count))
      }
    }
  }

  /// Runs one sample pipelined; for each output what it gave at each timestep, `[T × elements]`:
  /// spikes, or currents of a read-out with their bias, in units of one weight.
  func trace(_ sample: [Float], number: Int, timesteps: Int) -> [[Double]] {
    reset()
    let outputs = network.graph.outputs.map { id in network.steps.first { $0.node == id }! }
    var traces = [[Double]](repeating: [], count: outputs.count)
    var before = outputs.map { [Double](repeating: 0, count: $0.count) }
    for t in 1...timesteps {
      for step in network.steps where t == 1 || !step.isConstant {
        evaluate(step, sample, number, .one(t))
      }
      for (position, step) in outputs.enumerated() {
        var unit = 1.0
        if case .readOut(let neurons, _) = step.kernel { unit /= neurons.multiplier.double }
        for i in 0..<step.count {
          let sum = memory[step.node]!.pointer[i].double
          traces[position].append((sum - before[position][i]) * unit)
          before[position][i] = sum
        }
      }
    }
    return traces
  }

  /// Which timesteps an evaluation stands for.
  private enum Span {
    case one(Int)
    case all(Int)
  }

  private func reset() {
    for i in spikes.indices { (spikes[i], operations[i]) = (0, 0) }
    for step in network.steps {
      guard let memory = memory[step.node] else { continue }
      if case .fire(let neurons) = step.kernel {
        memory.pointer.update(from: neurons.start.pointer, count: memory.count)
      } else {
        memory.clear()
      }
      peaks[step.node]?.clear()
      delayed[step.node]?.clear()
    }
  }

  private func result(_ timesteps: Int) -> SpikingResult {
    let outputs = network.graph.outputs.map { id -> [Double] in
      let step = network.steps.first { $0.node == id }!
      let scale: [Double]
      switch step.kernel {
      case .readOut(_, let factors): scale = factors
      case .decode(let factors): scale = factors
      default: return (0..<step.count).map { values[id]!.pointer[$0].double }
      }
      let perCount = scale.map { $0 / Double(timesteps) }
      return (0..<step.count).map { memory[id]!.pointer[$0].double * perCount[$0 % scale.count] }
    }
    return SpikingResult(
      timesteps: timesteps, outputs: outputs, spikes: spikes, synapticOperations: operations)
  }

  private func evaluate(
    _ step: SpikingNetwork<Scalar>.Step, _ sample: [Float], _ number: Int, _ span: Span
  ) {
    let value = values[step.node]!
    let operands = step.operands.map { values[$0]! }
    switch step.kernel {
    case .input:
      break
    case .encode(let encoder):
      for i in 0..<value.count {
        let level =
          switch span {
          case .one(let t): encoder.level(sample[i], i, at: t, sample: number)
          case .all(let timesteps):
            encoder.count(sample[i], i, timesteps: timesteps, sample: number)
          }
        value.pointer[i] = Scalar(level: level)
      }
    case .synapse(let synapse, let multiplier):
      value.clear()
      synapse.scatter(operands[0].pointer, value.pointer)
      if multiplier != 1 {
        for i in 0..<value.count {
          value.pointer[i] = (0 as Scalar).adding(value.pointer[i], times: multiplier)
        }
      }
    case .sum:
      value.clear()
      for operand in operands { addRow(1, operand.pointer, value.pointer, value.count) }
    case .move(let order):
      if let order {
        for (i, source) in order.enumerated() { value.pointer[i] = operands[0].pointer[source] }
      } else {
        value.pointer.update(from: operands[0].pointer, count: value.count)
      }
    case .join(let runs): join(operands, runs, value)
    case .pad(let type, let padding): pad(operands[0], type, padding, value, step.node)
    case .sumPool(let type, let window):
      value.clear()
      window.forEachTap(type, network.graph[step.node].type) { target, source, run in
        addRow(1, operands[0].pointer + source, value.pointer + target, run)
      }
    case .maxPool(let type, let window):
      maxPool(step, operands[0], type, window, value)
    case .fire(let neurons): fire(step.node, neurons, operands[0], value, span)
    case .readOut(let neurons, _): readOut(step.node, neurons, operands[0], span)
    case .decode: addRow(1, operands[0].pointer, memory[step.node]!.pointer, value.count)
    }
  }

  /// Counts the spikes of a node that is a source and what they cost, and shows them to the observer.
  private func note(_ step: SpikingNetwork<Scalar>.Step, _ span: Span) {
    guard let fanOut = step.fanOut else { return }
    let value = values[step.node]!
    let position = network.sources.firstIndex { $0.node == step.node }!
    var (sent, cost) = (0, 0)
    let levels = UnsafeBufferPointer(start: value.pointer, count: value.count)
    fanOut.withUnsafeBufferPointer { fanOut in
      for i in 0..<levels.count where levels[i] != 0 {
        let count = Int(levels[i].int32)
        sent += count
        cost += count &* fanOut[i]
      }
    }
    spikes[position] += sent
    operations[position] += cost
    guard let observer else { return }
    let timestep =
      switch span {
      case .one(let t): t
      case .all(let timesteps): timesteps
      }
    observer(step.node, timestep, (0..<value.count).map { value.pointer[$0].int32 })
  }

  private func fire(
    _ id: NodeID, _ neurons: SpikingNetwork<Scalar>.Neurons, _ current: Buffer<Scalar>,
    _ value: Buffer<Scalar>, _ span: Span
  ) {
    let (membrane, count, spikes) = (memory[id]!.pointer, value.count, value.pointer)
    let (bias, threshold) = (neurons.bias.pointer, neurons.threshold.pointer)
    let (input, multiplier) = (current.pointer, neurons.multiplier)
    switch span {
    case .one where neurons.kind != .generic: fireSpecially(id, neurons, current, value)
    case .one:
      for i in 0..<count {
        let charge = membrane[i].adding(bias[i]).adding(input[i], times: multiplier)
        let fires = charge >= threshold[i]
        spikes[i] = fires ? 1 : 0
        membrane[i] = charge.subtracting(fires ? threshold[i] : 0)
      }
    case .all(let timesteps):
      let steps = Scalar(level: Double(timesteps))
      let most = timesteps * neurons.kind.spikes
      for i in 0..<count {
        let charge = membrane[i].adding(bias[i], times: steps).adding(input[i], times: multiplier)
        spikes[i] = Scalar.count(charge: charge, threshold: threshold[i], most: most)
      }
    }
  }

  /// One timestep of neurons that are not the generic ones.
  private func fireSpecially(
    _ id: NodeID, _ neurons: SpikingNetwork<Scalar>.Neurons, _ current: Buffer<Scalar>,
    _ value: Buffer<Scalar>
  ) {
    let step = NeuronStep<Scalar>(neurons.kind)
    let membrane = memory[id]!.pointer
    for i in 0..<value.count {
      let charge = step.remaining(membrane[i]).adding(neurons.bias.pointer[i])
        .adding(current.pointer[i], times: neurons.multiplier)
      (value.pointer[i], membrane[i]) = step.fire(charge, neurons.threshold.pointer[i])
    }
    delayed[id]?.exchange(value)
  }

  private func readOut(
    _ id: NodeID, _ neurons: SpikingNetwork<Scalar>.Neurons, _ current: Buffer<Scalar>,
    _ span: Span
  ) {
    let accumulator = memory[id]!
    let steps: Scalar =
      switch span {
      case .one: 1
      case .all(let timesteps): Scalar(level: Double(timesteps))
      }
    for i in 0..<accumulator.count {
      accumulator.pointer[i] = accumulator.pointer[i]
        .adding(neurons.bias.pointer[i], times: steps)
        .adding(current.pointer[i], times: neurons.multiplier)
    }
  }
}
