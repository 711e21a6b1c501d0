import SpikeIR
import TestSupport
import Testing

/// The proven ranges against every input there is, on networks small enough for that.
@Suite struct RangeTests {
  private static let levels = -1...2
  private static let timesteps = 3

  /// Two levels into 2 neurons through a dense synapse with a shift and a diagonal one.
  private struct Tiny {
    let weights: [Int], diagonal: [Int], bias: [Int], start: [Int]
    let shift: Int, fractionBits: Int, threshold: Int
    let graph: Graph
    let population: NodeID
    let neuron: Neuron

    init(seed: UInt64, fires: Bool, _ neuron: Neuron = .generic) throws {
      self.neuron = neuron
      var numbers = Numbers(seed: seed)
      func some(_ count: Int, _ range: ClosedRange<Int>) -> [Int] {
        numbers.integers(count, range).map { Int($0) }
      }
      weights = some(4, -9...9)
      diagonal = some(2, -9...9)
      bias = fires ? some(2, -12...12) : [0, 0]
      start = fires ? some(2, -5...20) : [0, 0]
      shift = some(1, 0...3)[0]
      fractionBits = some(1, 0...2)[0]
      threshold = some(1, 5...60)[0]
      var graph = try Graph(input: [2])
      func constant(_ shape: [Int], _ values: [Int]) -> ConstantID {
        graph.constants.add("c", Tensor(shape, integers: values.map { Int32($0) }))
      }
      let unit = graph.constants.add("unit", Tensor([1], [1]))
      let coded = try graph.append(
        "e",
        Encode(.direct, offset: unit, step: unit, low: levels.lowerBound, high: levels.upperBound))
      var dense = Dense(weight: constant([2, 2], weights))
      dense.shift = shift
      let a = try graph.append("a", dense)
      let b = try graph.append("b", Diagonal(weight: constant([2], diagonal)), on: [coded])
      try graph.append("s", Add(), on: [a, b])
      population =
        fires
        ? try graph.append(
          "f",
          Fire(
            threshold: constant([1], [threshold]), start: constant([2], start),
            bias: constant([2], bias), fractionBits: fractionBits, neuron: neuron))
        : try graph.append("f", ReadOut(scale: unit, fractionBits: fractionBits))
      self.graph = graph
    }

    /// The extremes of the membranes over all sequences of inputs, before each reset and after.
    func extremes(fires: Bool) -> (low: Int, high: Int) {
      var membranes = Set([start])
      var (low, high) = (min(0, start.min()!), max(0, start.max()!))
      for _ in 0..<timesteps {
        var next: Set<[Int]> = []
        for membrane in membranes {
          for x in levels {
            for y in levels {
              var row = membrane
              for n in 0..<2 {
                let current =
                  (weights[2 * n] * x + weights[2 * n + 1] * y) << shift
                  + diagonal[n] * (n == 0 ? x : y)
                row[n] += current << fractionBits + bias[n]
                (low, high) = (min(low, row[n]), max(high, row[n]))
                if fires { reset(&row[n]) }
                (low, high) = (min(low, row[n]), max(high, row[n]))
              }
              next.insert(row)
            }
          }
        }
        membranes = next
      }
      return (low, high)
    }

    private func reset(_ membrane: inout Int) {
      var spikes = 0
      while neuron.comparison == .reached ? membrane >= threshold : membrane > threshold,
        spikes < neuron.spikes
      {
        membrane -= threshold
        spikes += 1
      }
      if spikes > 0, neuron.reset == .zero { membrane = 0 }
      if let floor = neuron.floor { membrane = max(membrane, floor * threshold) }
    }
  }

  @Test(arguments: 0..<40) func nothingLeavesThem(_ seed: UInt64) throws {
    let tiny = try Tiny(seed: seed, fires: true)
    var ranges = RangeAnalysis()
    let range = ranges.membrane(tiny.population, tiny.graph, timesteps: Self.timesteps)
    let found = tiny.extremes(fires: true)
    #expect(range.low <= Int64(found.low) && Int64(found.high) <= range.high)
  }

  static let neurons = [
    Neuron(reset: .zero), Neuron(reset: .zero, comparison: .exceeded),
    Neuron(comparison: .exceeded),
    Neuron(spikes: 3, floor: -1), Neuron(floor: 0), Neuron(reset: .zero, spikes: 2, floor: -2),
    Neuron(spikes: 2),
  ]

  @Test(arguments: neurons, 0..<40)
  func nothingLeavesThoseOfOtherNeurons(_ neuron: Neuron, _ seed: UInt64) throws {
    let tiny = try Tiny(seed: seed, fires: true, neuron)
    var ranges = RangeAnalysis()
    let range = ranges.membrane(tiny.population, tiny.graph, timesteps: Self.timesteps)
    let found = tiny.extremes(fires: true)
    #expect(range.low <= Int64(found.low) && Int64(found.high) <= range.high)
  }

  /// A floor, and a reset that takes all away, bound membranes whatever the time.
  @Test func floorsAndResetsBoundMembranes() throws {
    let neuron = Neuron(reset: .zero, floor: -1)
    let tiny = try Tiny(seed: 1, fires: true, neuron)
    var ranges = RangeAnalysis()
    let short = ranges.membrane(tiny.population, tiny.graph, timesteps: 100)
    #expect(ranges.membrane(tiny.population, tiny.graph, timesteps: 65535) == short)
  }

  /// Without firing and bias the bounds are attained: they are not too wide either.
  @Test(arguments: 0..<40) func theyAreTight(_ seed: UInt64) throws {
    let tiny = try Tiny(seed: seed, fires: false)
    var ranges = RangeAnalysis()
    let range = ranges.membrane(tiny.population, tiny.graph, timesteps: Self.timesteps)
    // The two synapses are bounded each on its own, which costs tightness where they disagree.
    let found = tiny.extremes(fires: false)
    let slack = Int64(9 * 3 * 2 * Self.timesteps) << Int64(tiny.fractionBits)
    #expect(range.low <= Int64(found.low) && range.low >= Int64(found.low) - slack)
    #expect(range.high >= Int64(found.high) && range.high <= Int64(found.high) + slack)
  }

  /// A weight per element in front of a pooling: each window sees its own elements' weights.
  @Test func sumsOfElementsWithTheirOwnWeights() throws {
    var graph = try Graph(input: [2, 2, 2])
    let unit = graph.constant([1], [1])
    try graph.append("e", Encode(.direct, offset: unit, step: unit, low: 0, high: 1))
    let weights = graph.constant([2, 2, 2], integers: [1, 10, 2, 20, 3, -30, 4, -40])
    try graph.append("d", Diagonal(weight: weights))
    let pool = try graph.append("p", SumPool(Window2D(kernel: [1, 1], stride: [2, 2])))
    let bias = graph.constant([2], integers: [1000, 0])
    let id = try graph.append("o", ReadOut(scale: unit, bias: bias))
    var ranges = RangeAnalysis()
    #expect(ranges.perStep(pool, graph) == Interval(-40, 20))
    // The bias of channel 0 never meets the weights of channel 1.
    #expect(ranges.membrane(id, graph, timesteps: 1) == Interval(-40, 1004))
  }

  /// Numbers beyond 64 bits saturate, and a value without axes has weights without rows.
  @Test func hostileGraphsDoNotTrap() throws {
    let head = "graph \"n\" {timesteps=65535, facts=[quantized]}\n"
    let scalar = """
      constant @c : f32[1] = [1]
      constant @w : i32[] = [5]
      %x = input : f32[]
      %e = encode %x {coding=direct, offset=@c, step=@c} : level[]
      %d = diagonal %e {weight=@w} : current[]
      %o = read_out %d {scale=@c} : f32[]
      output %o
      """
    #expect(try Graph(parsing: head + scalar).timesteps == 65535)
    var sums = head + "constant @c : f32[1] = [1]\nconstant @w : i32[1] = [2147483647]\n"
    sums += "%x = input : f32[1]\n"
    sums += "%e = encode %x {coding=direct, offset=@c, step=@c} : level[1]\n"
    sums += "%n0 = diagonal %e {weight=@w, shift=15} : current[1]\n"
    for i in 1...80 { sums += "%n\(i) = add %n\(i - 1), %n\(i - 1) : current[1]\n" }
    sums += "%o = read_out %n80 {scale=@c} : f32[1]\noutput %o"
    #expect(throws: Diagnostic.self) { try Graph(parsing: sums) }
    var ranges = RangeAnalysis()
    let graph = try Graph(parsing: sums.replacing("facts=[quantized]", with: "facts=[]"))
    for id in graph.order { #expect(ranges.perStep(id, graph).high >= 0) }
  }
}
