/// Draws what an evaluation found: accuracy and energy over the number of timesteps.
public enum EvaluationPlot {
  /// One point of a curve.
  public struct Point: Sendable {
    /// The curve that it belongs to.
    public let series: String
    /// T.
    public let timesteps: Int
    /// In percent.
    public let accuracy: Double
    /// In microjoules.
    public let energy: Double

    /// A point.
    public init(series: String, timesteps: Int, accuracy: Double, energy: Double) {
      self.series = series
      self.timesteps = timesteps
      self.accuracy = accuracy
      self.energy = energy
    }
  }

  private static let (panelWidth, panelHeight) = (360.0, 240.0)

  /// The SVG: accuracy to the left, energy to the right, the CNN's as dashed lines.
  public static func draw(_ points: [Point], cnnAccuracy: Double, cnnEnergy: Double, title: String)
    -> String
  {
    var svg = SVG(width: 1080, height: 340)
    svg.text(title, 20, 22, size: 14, bold: true)
    let across = Axis(points.map { Double($0.timesteps) }, .log2)
    let accuracy = chart(0, Axis(points.map(\.accuracy) + [cnnAccuracy], .linear))
    let energy = chart(1, Axis(points.map(\.energy) + [cnnEnergy], .log10))
    accuracy.draw(&svg, title: "Accuracy", unit: "%")
    energy.draw(&svg, title: "Energy per input", unit: "µJ")
    var legend: [(name: String, colour: String)] = []
    for (chart, level) in [(accuracy, cnnAccuracy), (energy, cnnEnergy)] {
      drawAcross(&svg, chart, across)
      svg.line(
        [(chart.left, chart.y(level)), (chart.left + chart.width, chart.y(level))], "#666666",
        width: 1.5, dashed: true)
    }
    for series in names(points) {
      let colour = Chart.colours[legend.count % Chart.colours.count]
      let own = points.filter { $0.series == series }.sorted { $0.timesteps < $1.timesteps }
      curve(&svg, accuracy, across, colour, own.map { ($0.timesteps, $0.accuracy) }, "%")
      curve(&svg, energy, across, colour, own.map { ($0.timesteps, $0.energy) }, "µJ")
      legend.append((series, colour))
    }
    energy.drawLegend(&svg, legend + [("CNN (dashed)", "#666666")])
    return svg.document
  }

  private static func names(_ points: [Point]) -> [String] {
    var seen: [String] = []
    for point in points where !seen.contains(point.series) { seen.append(point.series) }
    return seen
  }

  private static func chart(_ column: Double, _ vertical: Axis) -> Chart {
    Chart(
      left: 76 + column * (panelWidth + 90), top: 62, width: panelWidth, height: panelHeight - 20,
      vertical: vertical)
  }

  private static func drawAcross(_ svg: inout SVG, _ chart: Chart, _ axis: Axis) {
    for tick in axis.ticks {
      let x = chart.left + chart.width * axis.place(tick)
      svg.line([(x, chart.top + chart.height), (x, chart.top + chart.height + 4)], "#222222")
      svg.text(axis.label(tick), x, chart.top + chart.height + 17, .middle)
    }
    svg.text(
      "timesteps T", chart.left + chart.width / 2, chart.top + chart.height + 36, .middle)
  }

  private static func curve(
    _ svg: inout SVG, _ chart: Chart, _ across: Axis, _ colour: String,
    _ points: [(timesteps: Int, value: Double)], _ unit: String
  ) {
    let places = points.map {
      (x: chart.left + chart.width * across.place(Double($0.timesteps)), y: chart.y($0.value))
    }
    svg.line(places, colour, width: 2)
    for (point, place) in zip(points, places) {
      svg.dot(
        place.x, place.y, 3.5, colour,
        title: "T = \(point.timesteps): \(point.value.fixed(2)) \(unit)")
    }
  }
}
