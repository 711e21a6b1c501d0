import SpikeExecution

/// Draws error anatomies: for each layer a column as high as its error, made of its parts.
public enum AnatomyPlot {
  private static let (top, panel, below) = (78.0, 220.0, 90.0)
  private static let column = 54.0

  /// The SVG, one chart below the other.
  public static func draw(_ anatomies: [ErrorAnatomy], title: String) -> String {
    let layers = anatomies.map(\.layers.count).max() ?? 0
    let width = max(Double(layers) * column, 320)
    let height = top + panel + below
    var svg = SVG(width: width + 330, height: 30 + (height - 30) * Double(max(anatomies.count, 1)))
    for (i, anatomy) in anatomies.enumerated() {
      if i == 0 { svg.text(title, 20, 22, size: 14, bold: true) }
      draw(&svg, anatomy, top: top + Double(i) * (height - 30), width: width)
    }
    return svg.document
  }

  /// The heights of a layer's parts, in percent of its activations: their shares of the error.
  private static func parts(_ layer: LayerError) -> [Double] {
    let sums = layer.sums
    guard sums.activationRMS > 0 else { return ErrorPart.allCases.map { _ in 0 } }
    return ErrorPart.allCases.map { 100 * sums.errorRMS / sums.activationRMS * sums.share($0) }
  }

  private static func draw(_ svg: inout SVG, _ anatomy: ErrorAnatomy, top: Double, width: Double) {
    let columns = anatomy.layers.map(parts)
    let alone = anatomy.layers.map { 100 * anatomy.aloneError($0) }
    let heights = columns.map { $0.filter { $0 > 0 }.reduce(0, +) }
    // What is too small to be drawn needs no room below 0.
    let depths = columns.map { $0.filter { $0 < 0 }.reduce(0, +) }.map { $0 < -0.2 ? $0 : 0 }
    let chart = Chart(
      left: 76, top: top, width: width, height: panel,
      vertical: Axis([0] + heights + depths + alone, .linear))
    chart.draw(
      &svg, title: "Error of each layer, \(anatomy.schedule.rawValue), T = \(anatomy.timesteps)",
      unit: "% of activation RMS")
    let fault = anatomy.layerAtFault?.name
    for (i, layer) in anatomy.layers.enumerated() {
      let x = chart.left + (Double(i) + 0.5) * width / Double(anatomy.layers.count)
      drawColumn(&svg, chart, x, columns[i], layer.name)
      svg.dot(
        x, chart.y(alone[i]), 4, "#000000",
        title: "\(layer.name) alone moves the logits by \(alone[i].fixed(2)) %")
      svg.text(
        layer.name, x + 4, top + panel + 14, .end, bold: layer.name == fault, turned: -40)
    }
    svg.line([(chart.left, chart.y(0)), (chart.left + width, chart.y(0))], "#222222")
    chart.drawLegend(
      &svg,
      zip(ErrorPart.allCases, Chart.colours).map { ($0.rawValue, $1) }
        + [("dot: logits, if alone (%)", "#000000"), ("bold: the layer at fault", "#ffffff")])
  }

  private static func drawColumn(
    _ svg: inout SVG, _ chart: Chart, _ x: Double, _ parts: [Double], _ name: String
  ) {
    var (above, below) = (0.0, 0.0)
    for (i, part) in ErrorPart.allCases.enumerated() {
      let height = parts[i]
      let (from, to) = height > 0 ? (above, above + height) : (below, below + height)
      if height > 0 { above = to } else { below = to }
      let (high, low) = (chart.y(max(from, to)), chart.y(min(from, to)))
      guard low - high > 0.05 else { continue }
      svg.rectangle(
        x - 15, high, 30, low - high, Chart.colours[i],
        title: "\(name), \(part.rawValue): \(height.fixed(2)) %")
    }
  }
}
