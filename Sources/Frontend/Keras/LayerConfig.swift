import SpikeIR

/// One layer's configuration, read with the names of Keras 2 whatever version wrote it.
struct LayerConfig {
  /// The names of the models around the layer, outermost first, and its own.
  let path: [String]
  /// The class, without the package that a registered name puts before `>`.
  let className: String
  /// Keras 1, 2 or 3.
  let majorVersion: Int
  private let members: [String: JSON]

  /// The name under which diagnostics and origins know the layer: `outer/inner`.
  var name: String { path.joined(separator: "/") }

  /// Whether the shape is `[C, H, W]`.
  ///
  /// Keras 1 stores it as `dim_ordering`, some 1-D layers not at all.
  var isChannelsFirst: Bool {
    get throws {
      guard let value = members["data_format"] else { return false }
      switch value {
      case .string("channels_first"), .string("th"): return true
      case .string("channels_last"), .string("tf"), .string("default"), .null: return false
      default: throw invalid("data_format", "channels_last or channels_first")
      }
    }
  }

  /// Whether the kernels are stored `[O, I, h, w]`, as Keras 1 did for `dim_ordering="th"`.
  var hasTheanoKernelOrder: Bool { members["data_format"] == .string("th") }

  init(path: [String], className: String, config: JSON?, majorVersion: Int) {
    self.path = path
    self.className = className
    self.majorVersion = majorVersion
    members = LayerConfig.renamed(config?.object ?? [:])
  }

  /// A configuration inside this one, such as the layer that an activation is given as.
  func nested(className: String, config: JSON?) -> LayerConfig {
    LayerConfig(path: path, className: className, config: config, majorVersion: majorVersion)
  }

  /// The value of `key`; nil where it is absent or null.
  subscript(key: String) -> JSON? {
    guard let value = members[key], value != .null else { return nil }
    return value
  }

  /// A truth value.
  func bool(_ key: String, _ standard: Bool) throws -> Bool {
    guard let value = self[key] else { return standard }
    guard let bool = value.bool else { throw invalid(key, "true or false") }
    return bool
  }

  /// A finite number, or nil where it is absent or null.
  func number(_ key: String) throws -> Double? {
    guard let value = self[key] else { return nil }
    guard let number = value.number, number.isFinite else { throw invalid(key, "a finite number") }
    return number
  }

  /// A text of the given ones, in lower case.
  func choice(_ key: String, _ standard: String, of choices: [String]) throws -> String {
    guard let value = self[key] else { return standard }
    guard let text = value.string?.lowercased(), choices.contains(text) else {
      throw invalid(key, choices.joined(separator: " or "))
    }
    return text
  }

  /// A whole number of at least 1, such as a number of filters.
  func extent(_ key: String, _ standard: Int? = nil) throws -> Int {
    guard let value = self[key] else {
      guard let standard else { throw invalid(key, "given") }
      return standard
    }
    guard let extent = value.integer, (1...LayerConfig.largestExtent).contains(extent) else {
      throw invalid(key, "a whole number of at least 1")
    }
    return extent
  }

  /// `count` whole numbers of at least 1, one number standing for all; `standard` where absent.
  func extents(_ key: String, count: Int, _ standard: [Int]? = nil) throws -> [Int] {
    guard let value = self[key] else {
      guard let standard else { throw invalid(key, "given") }
      return standard
    }
    let list = value.array?.map(\.integer) ?? Array(repeating: value.integer, count: count)
    let extents = list.compactMap { $0 }
    guard extents.count == count, list.count == count,
      extents.allSatisfy({ (1...LayerConfig.largestExtent).contains($0) })
    else { throw invalid(key, "\(count) whole numbers of at least 1") }
    return extents
  }

  /// Whole numbers of any sign, one number standing for a list of one; nil where absent.
  func integers(_ key: String) throws -> [Int]? {
    guard let value = self[key] else { return nil }
    let list = value.array?.map(\.integer) ?? [value.integer]
    let integers = list.compactMap { $0 }
    guard integers.count == list.count else { throw invalid(key, "whole numbers") }
    return integers
  }

  /// A diagnostic about this layer.
  func diagnostic(_ message: String, notes: [String] = []) -> Diagnostic {
    Diagnostic(message, layer: name, notes: notes)
  }

  /// A diagnostic about a value of the configuration.
  func invalid(_ key: String, _ expected: String) -> Diagnostic {
    diagnostic("\(className): '\(key)' must be \(expected)")
  }

  /// Beyond it no window or width is meant seriously, and sums of products stay within 64 bits.
  private static let largestExtent = 1 << 20

  /// The names of Keras 1, each with its name since Keras 2.
  private static let newNames = [
    "nb_filter": "filters", "filter_length": "kernel_size", "border_mode": "padding",
    "subsample": "strides", "subsample_length": "strides", "stride": "strides",
    "dim_ordering": "data_format", "output_dim": "units", "bias": "use_bias", "p": "rate",
    "atrous_rate": "dilation_rate", "pool_length": "pool_size", "concat_axis": "axis",
  ]

  private static func renamed(_ members: [String: JSON]) -> [String: JSON] {
    var result = members
    for (old, new) in newNames where members[new] == nil { result[new] = members[old] }
    if let rows = members["nb_row"], let columns = members["nb_col"] {
      result["kernel_size"] = .array([rows, columns])
    }
    return result
  }
}
