import SpikeExecution
import SpikeIR

/// Chooses the levels of an input from calibration data, and puts the encoder behind it.
///
/// What scales the input (rescaling, mean and standard deviation) becomes the encoder's offset
/// and step; bytes stay bytes.
struct InputCoding {
  private let coding: Encode.Coding
  private let seed: Int
  private let context: PassContext
  /// Float inputs are cut into this many levels on each side of 0.
  private static let levels = 255

  init(_ context: PassContext) throws {
    coding = try context.arguments.choice("input")
    seed = try context.arguments.integer("seed", in: 0...Int(Int32.max))
    self.context = context
  }

  func apply(to graph: inout Graph) throws {
    for input in graph.inputs { try encode(input, &graph) }
  }

  /// Numbers per element: value = factor · (x - offset).
  private struct Scaling {
    var factor = Scale.one
    var offset = Scale([0])
  }

  private func encode(_ input: NodeID, _ graph: inout Graph) throws {
    let scaling = absorbScaling(input, &graph)
    let type = graph[input].type
    let data = try context.requireCalibration(for: "the input coding")
    guard data.source.elementCount == type.count else {
      throw Diagnostic(
        "a calibration sample has \(data.source.elementCount) elements, the network takes \(type)")
    }
    graph[input].operation = .input(Input(data.source.isByte ? .byte : .real))
    let grid = coding == .direct ? try direct(scaling, data) : try rate(scaling, data)
    let scale = scaling.factor.multiplied(by: Scale([grid.step]), type).simplified(type)
    try Rescaling.apply([input: scale], to: &graph)
    graph[input].scale = nil
    let offset = graph.constants.add(
      "\(graph[input].name).offset", Tensor(grid.offset.shape(type), grid.offset.values))
    let step = graph.constants.add("\(graph[input].name).step", Tensor([1], [grid.step]))
    let position = graph.order.firstIndex(of: input)! + 1
    let encoder = try graph.add(
      "\(graph[input].name).spikes",
      Encode(coding, offset: offset, step: step, low: grid.low, high: grid.high, seed: seed),
      [input],
      scale: graph.constants.add(
        "\(graph[input].name).scale", Tensor(scale.shape(type), scale.values)),
      origin: graph[input].origin,
      before: position < graph.order.count ? graph.order[position] : nil)
    graph.replaceUses(of: input, with: encoder, except: encoder)
  }

  /// Takes a diagonal with positive weights behind the input out of the graph.
  private func absorbScaling(_ input: NodeID, _ graph: inout Graph) -> Scaling {
    let users = graph.users()[input] ?? []
    guard let user = users.first, graph.isInputScaling(user),
      case .diagonal(let diagonal) = graph[user].operation
    else { return Scaling() }
    let type = graph[input].type
    let factor = Scale(graph.constants[diagonal.weight].floats)
    let bias = Scale(diagonal.bias.map { graph.constants[$0].floats } ?? [0])
    graph.replaceUses(of: user, with: input)
    graph.removeDeadNodes()
    let offset = bias.multiplied(by: Scale(factor.values.map { -1 / $0 }), type)
    return Scaling(factor: factor, offset: offset.simplified(type))
  }

  private struct Grid {
    var offset: Scale
    var step: Float
    var low = 0
    var high = 1
  }

  /// Levels of 1 for bytes (of ¼ if the mean is no whole number), of 1/255 of the range else.
  private func direct(_ scaling: Scaling, _ data: CalibrationData) throws -> Grid {
    if data.source.isByte {
      let isWhole = scaling.offset.values.allSatisfy { abs($0 - $0.rounded()) < 1e-3 }
      let step: Float = isWhole ? 1 : 0.25
      let offset = scaling.offset.values.map { ($0 / step).rounded() * step }
      guard let least = offset.min(), let most = offset.max(), least >= -4096, most <= 4096 else {
        throw Diagnostic("the input's mean lies far outside the data: check --mean and --scale")
      }
      return Grid(
        offset: Scale(offset), step: step, low: Int(-most / step), high: Int((255 - least) / step))
    }
    let (low, high) = try centredRange(scaling, data)
    let step = max(abs(low), abs(high)) / Float(InputCoding.levels)
    return Grid(
      offset: scaling.offset, step: step, low: low < 0 ? -InputCoding.levels : 0,
      high: InputCoding.levels)
  }

  /// The step is the largest input, which becomes a spike at every timestep.
  private func rate(_ scaling: Scaling, _ data: CalibrationData) throws -> Grid {
    if data.source.isByte, scaling.offset.values.allSatisfy({ $0 == 0 }) {
      return Grid(offset: scaling.offset, step: 255)
    }
    let (low, high) = try centredRange(scaling, data)
    guard low >= -1e-6 * high else {
      throw Diagnostic(
        "the input has negative values, down to \(low), which \(coding.rawValue) coding cannot"
          + " carry", notes: ["use --input direct"])
    }
    return Grid(offset: scaling.offset, step: high)
  }

  /// The range of x - offset over the calibration data.
  private func centredRange(_ scaling: Scaling, _ data: CalibrationData) throws -> (Float, Float) {
    var (low, high) = (Float.infinity, -Float.infinity)
    let offsets = scaling.offset.values
    for start in stride(from: 0, to: data.source.count, by: 256) {
      let values = data.source.read(start..<min(start + 256, data.source.count))
      for (i, x) in values.enumerated() {
        let value = x - offsets[i % offsets.count]
        low = min(low, value)
        high = max(high, value)
      }
    }
    guard low.isFinite, high.isFinite, max(abs(low), abs(high)) > 0 else {
      throw Diagnostic("the calibration inputs are all zero or not finite")
    }
    return (low, high)
  }
}
