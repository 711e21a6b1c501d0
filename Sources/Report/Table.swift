/// A table that is printed as text and written as JSON, from the same cells.
public struct Table: Sendable {
  /// One cell.
  public enum Cell: Sendable, Equatable {
    /// A text.
    case text(String)
    /// A whole number, grouped by thousands in text.
    case integer(Int)
    /// A number with the given digits behind the point in text.
    case number(Double, digits: Int)
    /// No value.
    case none
  }

  /// One column: its stable name in JSON, and its title in text.
  public struct Column: Sendable {
    /// The name in JSON.
    public let key: String
    /// The title in text.
    public let title: String

    /// A column.
    public init(_ key: String, _ title: String) {
      self.key = key
      self.title = title
    }
  }

  /// The table's stable name in JSON.
  public let name: String
  /// The columns.
  public let columns: [Column]
  /// The rows, each with one cell a column.
  public private(set) var rows: [[Cell]] = []

  /// An empty table.
  public init(_ name: String, _ columns: [Column]) {
    self.name = name
    self.columns = columns
  }

  /// Adds a row with one cell a column.
  public mutating func add(_ cells: [Cell]) {
    precondition(cells.count == columns.count, "a row has one cell a column")
    rows.append(cells)
  }

  /// The table as aligned text, numbers to the right.
  public var text: String {
    let cells = rows.map { $0.map(\.text) }
    let widths = columns.indices.map { i in
      max(columns[i].title.count, cells.map { $0[i].count }.max() ?? 0)
    }
    let isNumeric = columns.indices.map { i in rows.contains { $0[i].isNumber } }
    func line(_ texts: [String]) -> String {
      let padded = texts.indices.map { i in
        let fill = String(repeating: " ", count: widths[i] - texts[i].count)
        return isNumeric[i] ? fill + texts[i] : texts[i] + fill
      }
      let joined = padded.joined(separator: "  ")
      return String(joined.reversed().drop { $0 == " " }.reversed())
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return ([line(columns.map(\.title)), line(rule)] + cells.map(line)).joined(separator: "\n")
  }

  /// The rows as JSON objects with the columns' names.
  public var json: JSON {
    .array(
      rows.map { row in
        .object(zip(columns, row).map { ($0.key, $1.json) })
      })
  }
}

extension Table.Cell {
  fileprivate var isNumber: Bool {
    switch self {
    case .integer, .number: true
    case .text, .none: false
    }
  }

  fileprivate var text: String {
    switch self {
    case .text(let text): text
    case .integer(let value): value.grouped
    case .number(let value, let digits): value.fixed(digits)
    case .none: ""
    }
  }

  fileprivate var json: JSON {
    switch self {
    case .text(let text): .string(text)
    case .integer(let value): .integer(value)
    case .number(let value, _): .number(value)
    case .none: .null
    }
  }
}
