import SpikeIR

/// The statements and geometry of a synapse that is computed as dot products.
struct CPackedSynapse {
  private let node: Node
  private let packing: CPacking
  private let operand: Node
  private let scale: Int
  private let height: Int
  /// Rows that are computed together.
  private let band: Int
  private let label: String
  private let type: CType
  private let value: String
  private let frame: String
  private let row: String?
  private let weight: String

  init?(_ node: Node, _ plan: CPlan, _ weights: CWeights) {
    guard let packing = plan.kernels.packings[node.id],
      let synapse = node.operation.parameters as? any Synapse
    else { return nil }
    self.node = node
    self.packing = packing
    operand = plan.graph[node.operands[0]]
    scale = 1 << synapse.shift
    height = packing.lineStride == 0 ? 1 : node.type.shape[0]
    band = CPackedSynapse.band(node, packing)
    label = plan.label(node)
    type = plan.types[operand.id]
    value = plan.value(operand.id)
    frame = plan.frame(node.id)
    row = plan.kernels.fused.contains(node.id) ? plan.row(node.id) : nil
    weight = weights.expression(node)
  }

  /// How many rows of a narrow value are computed together: tiles then reach over their ends.
  static func band(_ node: Node, _ packing: CPacking) -> Int {
    guard packing.lineStride != 0, node.type.shape[1] < 8 else { return 1 }
    let (height, most) = (node.type.shape[0], 16 / node.type.shape[1])
    return (1...most).last { height % $0 == 0 }!
  }

  /// The currents of a band.
  var bandCount: Int { node.type.count / height * band }

  /// The geometry, as constants.
  var geometry: String {
    let taps = [
      packing.rows, packing.rowStride, packing.columns, packing.columnStride, packing.quads,
      packing.pixelStride, packing.lineStride,
    ]
    let width = bandCount / band / node.type.channels
    let outputs = [band, width, node.type.channels, scale]
    func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
    return """
      static const spikec_taps taps_\(label) = {\(list(taps)), \(packing.split?.initializer ?? "{0, 0, 0}")};
      static const spikec_outputs outputs_\(label) = {\(list(outputs))};

      """
  }

  /// What the kernels for its frame are called.
  private var frameSuffix: String { packing.split == nil ? type.suffix : "split" }

  /// Makes the frame of a dense synapse, if it needs one.
  private var copying: String? {
    guard !packing.isFrame else { return nil }
    let how = packing.split == nil ? "\(operand.type.count)" : "&taps_\(label).split"
    return "spikec_copy_\(frameSuffix)(\(value), \(frame), \(how));"
  }

  private var framing: [String] {
    guard !packing.isFrame else { return [] }
    guard packing.lineStride != 0 else {
      return copying.map { ["SPIKEC_ONCE " + $0] } ?? []
    }
    let how = packing.split == nil ? "\(packing.frame.width)" : "&taps_\(label).split"
    return [
      "SPIKEC_SHARE for (int32_t y = 0; y < \(packing.frame.height); ++y) {",
      "  spikec_frame_\(frameSuffix)(\(value), \(frame), window_\(label), \(how), y);",
      "}",
    ]
  }

  private var strips: Int { (node.type.channels + CPacking.strip - 1) / CPacking.strip }

  private func add(to current: String, _ y: String, _ strips: String) -> String {
    "spikec_packed_\(type.suffix)(\(frame), &taps_\(label), \(weight), \(current),"
      + " &outputs_\(label), \(y), \(strips));"
  }

  /// The only band: threads share its strips.
  private func addBand(to current: String) -> [String] {
    guard strips > 1 else { return ["SPIKEC_ONCE " + add(to: current, "0", "0, 1")] }
    return [
      "SPIKEC_SHARE for (int32_t i = 0; i < \(strips); ++i) {",
      "  " + add(to: current, "0", "i, i + 1"), "}",
    ]
  }

  /// Statements for the band that begins at row `y`, at all of them: these threads share.
  private func eachBand(_ lines: [String]) -> [String] {
    ["SPIKEC_SHARE for (int32_t y = 0; y < \(height); y += \(band)) {"] + lines.map { "  " + $0 }
      + ["}"]
  }

  /// Adds to a buffer of currents.
  func task(into current: String) -> CTask {
    // Too little to share. A timestep is a thread's own if it needs no frame.
    guard packing.lineStride == 0, strips == 1 else {
      return CTask(.within, statements(into: current))
    }
    let lines = [copying, add(to: current, "0", "0, 1")].compactMap { $0 }
    return CTask(packing.isFrame ? .timesteps : .once, lines)
  }

  private func statements(into current: String) -> [String] {
    guard height > band else { return framing + addBand(to: current) }
    let row = "\(current) + y * \(bandCount / band)"
    return framing + eachBand([add(to: row, "y", "0, \(strips)")])
  }

  /// Computes one band after the other, each of which `use` takes: given its currents, and where it
  /// begins.
  func statements(_ use: (String, String) -> String) -> [String] {
    guard height > band else {
      return framing + ["SPIKEC_ONCE spikec_clear(\(row!), \(bandCount));"] + addBand(to: row!)
        + ["SPIKEC_ONCE " + use(row!, "")]
    }
    return framing
      + eachBand([
        "SPIKEC_OWN(int32_t, current, \(bandCount), \(row!));",
        "spikec_clear(current, \(bandCount));",
        add(to: "current", "y", "0, \(strips)"),
        use("current", " + y * \(bandCount / band)"),
      ])
  }
}
