import Foundation
import SpikeIR

/// What one operation costs, after a named source.
public struct EnergyModel: Sendable, Equatable {
  /// The name and the source.
  public let name: String
  /// Picojoules of one multiply-accumulate: of the CNN, and of a directly coded input.
  public let multiplyAccumulate: Double
  /// Picojoules of one synaptic operation: adding a weight to a membrane.
  public let synapticOperation: Double

  /// 32-bit floats in 45 nm: 3.7 pJ a multiplication, 0.9 pJ an addition.
  ///
  /// Source: Horowitz 2014, doi 10.1109/ISSCC.2014.6757323.
  public static let horowitz45nm = EnergyModel(
    name: "45 nm, Horowitz 2014", multiplyAccumulate: 4.6, synapticOperation: 0.9)

  /// Loihi's 23.6 pJ a synaptic operation. The chip multiplies nothing: the CNN, and the products
  /// of a directly coded input, are counted as 45 nm floats.
  ///
  /// Source: Davies et al. 2018, doi 10.1109/MM.2018.112130359, table 1.
  public static let loihi = EnergyModel(
    name: "Loihi, Davies 2018", multiplyAccumulate: 4.6, synapticOperation: 23.6)

  /// The models that have a name, by it.
  public static let named: [(name: String, model: EnergyModel)] = [
    ("45nm", horowitz45nm), ("loihi", loihi),
  ]

  /// The model of that name, or of the JSON file at that path:
  /// `{"name": "...", "multiply_accumulate": 3.1, "synaptic_operation": 0.4}`, in picojoules.
  ///
  /// - Throws: a `Diagnostic` that says what is wrong with the file.
  public init(named text: String) throws {
    if let known = EnergyModel.named.first(where: { $0.name == text }) {
      self = known.model
      return
    }
    let names = EnergyModel.named.map(\.name)
    guard let data = FileManager.default.contents(atPath: text) else {
      let near = text.nearest(in: names).map { "did you mean '\($0)'?" }
      throw Diagnostic(
        "'\(text)' is neither a known energy model nor a file that can be read",
        notes: [near ?? "known are " + names.joined(separator: ", "), EnergyModel.form])
    }
    do {
      try self.init(json: data, file: text)
    } catch var diagnostic as Diagnostic {
      diagnostic.notes.append(EnergyModel.form)
      throw diagnostic.inFile(text)
    }
  }

  private static let form =
    #"a file holds {"name": "my chip", "multiply_accumulate": 3.1, "synaptic_operation": 0.4}, "#
    + "in picojoules"

  /// What an entry of the file holds.
  private enum Entry: Decodable {
    case number(Double)
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let number = try? value.decode(Double.self) {
        self = .number(number)
      } else {
        self = (try? value.decode(String.self)).map(Entry.text) ?? .other
      }
    }
  }

  private init(json data: Data, file: String) throws {
    guard data.count < 1 << 16,
      let entries = try? JSONDecoder().decode([String: Entry].self, from: data)
    else { throw Diagnostic("is no JSON object") }
    let keys = ["name", "multiply_accumulate", "synaptic_operation"]
    for key in entries.keys.sorted() where !keys.contains(key) {
      let near = key.nearest(in: keys).map { ["did you mean '\($0)'?"] } ?? []
      throw Diagnostic("has an unknown entry '\(key)'", notes: near)
    }
    func picojoules(_ key: String) throws -> Double {
      guard let entry = entries[key] else { throw Diagnostic("lacks the entry '\(key)'") }
      guard case .number(let number) = entry, number.isFinite, number >= 0 else {
        throw Diagnostic("'\(key)' must be a number of picojoules, 0 or more")
      }
      return number
    }
    multiplyAccumulate = try picojoules("multiply_accumulate")
    synapticOperation = try picojoules("synaptic_operation")
    switch entries["name"] {
    case nil: name = file
    case .text(let text): name = text
    case .number, .other: throw Diagnostic("'name' must be a text")
    }
  }

  private init(name: String, multiplyAccumulate: Double, synapticOperation: Double) {
    self.name = name
    self.multiplyAccumulate = multiplyAccumulate
    self.synapticOperation = synapticOperation
  }

  /// The name with the numbers.
  public var summary: String {
    "\(name): \(multiplyAccumulate) pJ per multiply-accumulate, "
      + "\(synapticOperation) pJ per synaptic operation"
  }

  /// Microjoules of a CNN's multiply-accumulates.
  public func analog(_ operations: Int) -> Double { Double(operations) * multiplyAccumulate * 1e-6 }

  /// Microjoules of a spiking run: synaptic operations, and the direct input's products, which
  /// are multiply-accumulates.
  public func spiking(synaptic: Double, inputOperations: Int) -> Double {
    (synaptic * synapticOperation + Double(inputOperations) * multiplyAccumulate) * 1e-6
  }
}
