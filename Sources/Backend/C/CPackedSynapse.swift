import SpikeIR

/// The statements and tables of a synapse that is computed as dot products.
struct CPackedSynapse {
  private let node: Node
  private let packing: CPacking
  private let operand: Node
  private let scale: Int
  private let height: Int
  private let label: String
  private let type: CType
  private let value: String
  private let frame: String
  private let row: String?
  private let weight: String

  init?(_ node: Node, _ plan: CPlan, _ weights: CWeights) {
    guard let packing = plan.packings[node.id],
      let synapse = node.operation.parameters as? any Synapse
    else { return nil }
    self.node = node
    self.packing = packing
    operand = plan.graph[node.operands[0]]
    scale = 1 << synapse.shift
    height = packing.lineStride == 0 ? 1 : node.type.shape[0]
    label = plan.label(node)
    type = plan.types[operand.id]
    value = plan.value(operand.id)
    frame = plan.frame(node.id)
    row = plan.fused.contains(node.id) ? plan.row(node.id) : nil
    weight = weights.expression(node)
  }

  /// The currents of a row.
  var rowCount: Int { node.type.count / height }

  /// The geometry, as constants.
  var tables: String {
    let taps = [
      packing.rows, packing.rowStride, packing.columns, packing.columnStride, packing.quads,
      packing.pixelStride, packing.lineStride,
    ]
    let outputs = [height, rowCount / node.type.channels, node.type.channels, scale]
    func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
    return """
      static const spikec_taps taps_\(label) = {\(list(taps))};
      static const spikec_outputs outputs_\(label) = {\(list(outputs))};

      """
  }

  private var framing: [String] {
    guard !packing.isFrame else { return [] }
    guard packing.lineStride != 0 else {
      return ["spikec_copy_\(type.suffix)(\(value), \(frame), \(operand.type.count));"]
    }
    return [
      "spikec_frame_\(type.suffix)(\(value), \(frame), window_\(label), \(packing.frame.height),"
        + " \(packing.frame.width));"
    ]
  }

  private func addRow(to current: String, _ y: String) -> String {
    "spikec_packed_row_\(type.suffix)(\(frame), &taps_\(label), \(weight), \(current),"
      + " &outputs_\(label), \(y));"
  }

  /// Adds to a buffer of currents.
  func statements(into current: String) -> [String] {
    guard height > 1 else { return framing + [addRow(to: current, "0")] }
    return framing + [
      "for (int32_t y = 0; y < \(height); ++y) {",
      "  \(addRow(to: "\(current) + y * \(rowCount)", "y"))",
      "}",
    ]
  }

  /// Computes one row after the other, each of which `use` takes: given the row, and where it begins.
  func statements(_ use: (String, String) -> String) -> [String] {
    let row = row!
    let clear = "spikec_clear(\(row), \(rowCount));"
    guard height > 1 else {
      return framing + [clear, addRow(to: row, "0"), use(row, "")]
    }
    return framing + [
      "for (int32_t y = 0; y < \(height); ++y) {", "  " + clear, "  " + addRow(to: row, "y"),
      "  " + use(row, " + y * \(rowCount)"), "}",
    ]
  }
}
