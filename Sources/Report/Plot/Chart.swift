/// The frame of a chart: its place in a drawing, its axes and its title.
struct Chart {
  /// Colours that stay apart for most colour-blind readers (Okabe and Ito 2008).
  static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666",
  ]

  let left: Double
  let top: Double
  let width: Double
  let height: Double
  let vertical: Axis

  /// The place of a number of the vertical axis.
  func y(_ value: Double) -> Double { top + height * (1 - vertical.place(value)) }

  /// Draws title, frame and the vertical axis.
  func draw(_ svg: inout SVG, title: String, unit: String) {
    svg.text(title, left, top - 14, size: 13, bold: true)
    for tick in vertical.ticks {
      svg.line([(left, y(tick)), (left + width, y(tick))], "#dddddd")
      svg.text(vertical.label(tick), left - 6, y(tick) + 4, .end)
    }
    svg.line(
      [(left, top), (left, top + height), (left + width, top + height)], "#222222")
    svg.text(unit, left - 46, top + height / 2, .middle, turned: -90)
  }

  /// Draws the names of colours in a column to the right.
  func drawLegend(_ svg: inout SVG, _ entries: [(name: String, colour: String)]) {
    for (i, entry) in entries.enumerated() {
      let y = top + 6 + Double(i) * 18
      svg.rectangle(left + width + 16, y, 12, 12, entry.colour)
      svg.text(entry.name, left + width + 34, y + 10)
    }
  }
}
