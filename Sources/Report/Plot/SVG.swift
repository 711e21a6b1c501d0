import Foundation

/// A drawing in Scalable Vector Graphics, built from a few shapes.
struct SVG {
  /// Where a text stands at its point.
  enum Anchor: String { case start, middle, end }

  /// In pixels.
  let width: Double
  /// In pixels.
  let height: Double
  private var body = ""

  /// An empty white drawing.
  init(width: Double, height: Double) {
    self.width = width
    self.height = height
    rectangle(0, 0, width, height, "#ffffff")
  }

  /// A filled rectangle, with what a browser shows when it is pointed at.
  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: String,
    title: String = ""
  ) {
    let shape =
      "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\" "
      + "fill=\"\(colour)\""
    body += title.isEmpty ? shape + "/>\n" : shape + "><title>\(escaped(title))</title></rect>\n"
  }

  /// A line through points.
  mutating func line(
    _ points: [(x: Double, y: Double)], _ colour: String, width: Double = 1, dashed: Bool = false
  ) {
    let list = points.map { "\(n($0.x)),\(n($0.y))" }.joined(separator: " ")
    body +=
      "<polyline points=\"\(list)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"\(n(width))\""
      + (dashed ? " stroke-dasharray=\"5 4\"" : "") + "/>\n"
  }

  /// A filled circle.
  mutating func dot(
    _ x: Double, _ y: Double, _ radius: Double, _ colour: String, title: String = ""
  ) {
    body +=
      "<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\" fill=\"\(colour)\">"
      + "<title>\(escaped(title))</title></circle>\n"
  }

  /// A text; `turned` by some degrees around its point.
  mutating func text(
    _ text: String, _ x: Double, _ y: Double, _ anchor: Anchor = .start, size: Double = 11,
    bold: Bool = false, turned: Double = 0
  ) {
    let turn = turned == 0 ? "" : " transform=\"rotate(\(n(turned)) \(n(x)) \(n(y)))\""
    body +=
      "<text x=\"\(n(x))\" y=\"\(n(y))\" font-size=\"\(n(size))\" "
      + "text-anchor=\"\(anchor.rawValue)\"\(bold ? " font-weight=\"bold\"" : "")\(turn)>"
      + "\(escaped(text))</text>\n"
  }

  /// The file's text.
  var document: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(n(width))" height="\(n(height))" \
    viewBox="0 0 \(n(width)) \(n(height))" font-family="sans-serif" fill="#222222">
    \(body)</svg>

    """
  }

  private func n(_ value: Double) -> String {
    let text = String(format: "%.2f", value.isFinite ? value : 0)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }

  private func escaped(_ text: String) -> String { text.markupEscaped }
}

extension String {
  /// The text as it stands in XML or HTML, in an element or an attribute.
  var markupEscaped: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t": result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
