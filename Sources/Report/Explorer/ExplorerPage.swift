import SpikeIR
import SpikeSerialization

/// One step of a compilation, as the explorer shows it.
public struct ExplorerStage: Sendable {
  /// The pass with its options, or what stands at the beginning.
  public let title: String
  /// What the pass does.
  public let summary: String
  /// How long it took, in seconds.
  public let seconds: Double
  /// The graph after it.
  public let graph: Graph

  /// A step.
  public init(title: String, summary: String, seconds: Double, graph: Graph) {
    self.title = title
    self.summary = summary
    self.seconds = seconds
    self.graph = graph
  }
}

/// The IR before and after every pass as one HTML page that needs nothing else: nodes side by side
/// with what changed, constants' statistics, and times.
public struct ExplorerPage {
  private let stages: [ExplorerStage]
  private let title: String

  /// A page of a compilation; the first stage is the imported network.
  public init(_ stages: [ExplorerStage], title: String) {
    self.stages = stages
    self.title = title
  }

  /// The page.
  public var html: String {
    let sections = stages.indices.map { Section(stages, $0) }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title.markupEscaped)</title>
      <style>
      \(ExplorerPage.style)
      </style>
      </head>
      <body>
      <nav>
      <h1>\(title.markupEscaped)</h1>
      <p class="help">arrow keys or clicks: from pass to pass</p>
      <label><input type="checkbox" id="all"> unchanged lines too</label>
      <input type="search" id="filter" placeholder="only lines with ..." aria-label="filter">
      <ol start="0">
      \(sections.map(\.entry).joined())</ol>
      </nav>
      <main>
      \(sections.map(\.html).joined())</main>
      <script>
      \(ExplorerPage.script)
      </script>
      </body>
      </html>

      """
  }

  /// What one step changed.
  private struct Section {
    private let stage: ExplorerStage
    private let index: Int
    private let rows: [(old: String?, new: String?)]
    private let constants: [ConstantRow]

    init(_ stages: [ExplorerStage], _ index: Int) {
      self.index = index
      stage = stages[index]
      let before = index > 0 ? stages[index - 1].graph : nil
      rows = LineDiff(before?.nodeText ?? "", stage.graph.nodeText).rows
        .filter { $0.old ?? "" != "" || $0.new ?? "" != "" }
      constants = ConstantRow.rows(stage.graph, before: before)
    }

    private var changed: Int { rows.count { $0.old != $0.new } }

    var entry: String {
      let time = index == 0 ? "" : "\((stage.seconds * 1000).fixed(1)) ms"
      let what =
        index == 0 ? "\(rows.count) nodes" : changed == 0 ? "no change" : "\(changed) lines"
      return "<li><a href=\"#s\(index)\"\(changed == 0 ? " class=\"same\"" : "")>"
        + "\(name.markupEscaped)<small>\(what)\(time.isEmpty ? "" : ", " + time)</small></a></li>\n"
    }

    private var name: String { String(stage.title.prefix { $0 != "{" }) }

    var html: String {
      let heads = index == 0 ? ("", "imported") : ("before", "after")
      return """
        <section id="s\(index)">
        <h2>\(stage.title.markupEscaped)</h2>
        <p>\(stage.summary.markupEscaped)</p>
        <table class="nodes"><thead><tr><th>\(heads.0)</th><th>\(heads.1)</th></tr></thead><tbody>
        \(rows.map(row).joined())</tbody></table>
        <h3>Constants</h3>
        <table class="constants"><thead><tr><th>name</th><th>type</th><th>smallest</th><th>largest</th>\
        <th>mean</th><th>RMS</th><th>zeros</th></tr></thead><tbody>
        \(constants.map(\.html).joined())</tbody></table>
        </section>

        """
    }

    private func row(_ row: (old: String?, new: String?)) -> String {
      if row.old == row.new {
        return "<tr class=\"kept\"><td>\(cell(row.old))</td><td>\(cell(row.new))</td></tr>\n"
      }
      let classes = (row.old == nil ? "" : "gone", row.new == nil ? "" : "new")
      return "<tr><td class=\"\(classes.0)\">\(cell(row.old))</td>"
        + "<td class=\"\(classes.1)\">\(cell(row.new))</td></tr>\n"
    }

    private func cell(_ line: String?) -> String { (line ?? "").markupEscaped }
  }
}

/// One constant's statistics.
private struct ConstantRow {
  let name: String
  let tensor: Tensor
  /// Whether the pass before made or changed it.
  let isNew: Bool

  static func rows(_ graph: Graph, before: Graph?) -> [ConstantRow] {
    graph.constants.ids.map { id in
      let name = graph.constants.name(of: id)
      let old = before.flatMap { before in
        before.constants.id(named: name).map { before.constants[$0] }
      }
      return ConstantRow(
        name: name, tensor: graph.constants[id],
        isNew: before != nil && old != graph.constants[id])
    }
  }

  var html: String {
    let values = tensor.floats
    var (sum, square, zeros) = (0.0, 0.0, 0)
    var (least, most) = (Float.infinity, -Float.infinity)
    for value in values {
      sum += Double(value)
      square += Double(value) * Double(value)
      zeros += value == 0 ? 1 : 0
      (least, most) = (min(least, value), max(most, value))
    }
    let count = Double(max(values.count, 1))
    let shape = tensor.shape.map(String.init).joined(separator: "x")
    let numbers =
      values.isEmpty
      ? ["", "", "", ""]
      : [Double(least), Double(most), sum / count, (square / count).squareRoot()].map {
        "\(Float($0))"
      }
    let cells =
      ["@\(name)", "\(tensor.elementName)[\(shape)]"] + numbers
      + ["\((100 * Double(zeros) / count).fixed(1)) %"]
    return "<tr class=\"\(isNew ? "changed" : "kept")\">"
      + cells.map { "<td>\($0.markupEscaped)</td>" }.joined() + "</tr>\n"
  }
}

extension Graph {
  /// The lines of the nodes and outputs, without the constants.
  fileprivate var nodeText: String {
    text().split(separator: "\n").filter { !$0.hasPrefix("constant ") && !$0.hasPrefix("graph ") }
      .joined(separator: "\n")
  }
}
