import Foundation
import SpikeIR

/// A value of a JSON document, as Keras stores its configurations.
indirect enum JSON: Decodable, Sendable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  /// No network's configuration nests deeper; what does would only exhaust the stack.
  private static let deepestNesting = 200
  /// The largest networks' configurations have about 1 MB.
  private static let largestSize = 1 << 24

  /// Parses a document. Accepts `NaN` and `Infinity`, which Python writes.
  ///
  /// - Throws: a `Diagnostic` that says what `what` is wrong with.
  static func parse(_ text: String, what: String) throws -> JSON {
    guard text.utf8.count <= largestSize else {
      throw Diagnostic("\(what) is larger than that of any network")
    }
    let data = Data(text.utf8)
    // JSON5 has NaN and Infinity, but not every escape of JSON.
    for allowsJSON5 in [false, true] {
      let decoder = JSONDecoder()
      decoder.allowsJSON5 = allowsJSON5
      if let document = try? decoder.decode(JSON.self, from: data) { return document }
    }
    throw Diagnostic("\(what) is not valid JSON", notes: ["the file is probably damaged"])
  }

  init(from decoder: any Decoder) throws {
    guard decoder.codingPath.count <= JSON.deepestNesting else {
      throw Diagnostic("nested deeper than the configuration of any network")
    }
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([String: JSON].self) {
      self = .object(value)
    } else {
      self = .array(try container.decode([JSON].self))
    }
  }

  /// The member called `key` of an object; nil elsewhere, and where it is null.
  subscript(key: String) -> JSON? {
    guard case .object(let members) = self, let value = members[key], value != .null else {
      return nil
    }
    return value
  }

  /// The text of a string.
  var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The elements of an array.
  var array: [JSON]? { if case .array(let value) = self { value } else { nil } }

  /// The members of an object.
  var object: [String: JSON]? { if case .object(let value) = self { value } else { nil } }

  /// A truth value; older versions store 0 and 1.
  var bool: Bool? {
    switch self {
    case .bool(let value): value
    case .number(let value) where value == 0 || value == 1: value == 1
    case .null, .number, .string, .array, .object: nil
    }
  }

  /// A number; Keras 2 wraps those of numpy as `{"type": "ndarray", "value": 0.3}`.
  var number: Double? {
    if case .number(let value) = self { return value }
    if case .number(let value)? = self["value"] ?? self["config"]?["value"] { return value }
    return nil
  }

  /// A whole number that 32 bits hold, so that products of two do not overflow.
  var integer: Int? {
    guard case .number(let value) = self else { return nil }
    return Int32(exactly: value).map(Int.init)
  }

  /// One number, or a flat or nested list of them, row by row.
  var numbers: [Double]? {
    if let number { return [number] }
    guard let list = array ?? self["value"]?.array else { return nil }
    var result: [Double] = []
    for element in list {
      guard let numbers = element.numbers else { return nil }
      result += numbers
    }
    return result
  }
}
