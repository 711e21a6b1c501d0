import SpikeIR

/// The shapes of a model's inputs: what the file says, with the user's extents where it is open.
struct InputShapes {
  private let given: [Int]?
  private var isUsed = false

  init(_ options: ImportOptions) { given = options.inputShape }

  /// The shape of one sample of an input; `stored` has nil for open extents, and is nil where the
  /// file says nothing.
  ///
  /// - Throws: a `Diagnostic` if extents are missing, or if the user's do not fit.
  mutating func resolve(stored: [Int?]?, layer: String) throws -> [Int] {
    let shape = stored?.map { $0.map { String($0) } ?? "?" }.joined(separator: "x")
    if let stored, !stored.contains(nil), given == nil { return stored.compactMap { $0 } }
    guard let given else {
      throw Diagnostic(
        stored == nil
          ? "the model does not say the shape of its input"
          : "the model leaves the shape of its input open: \(shape ?? "")", layer: layer,
        notes: ["give it with --input-shape, such as --input-shape 32x32x3"])
    }
    guard !isUsed else {
      throw Diagnostic("--input-shape is for models of one input only", layer: layer)
    }
    isUsed = true
    let fits = stored.map {
      $0.count == given.count && zip($0, given).allSatisfy { $0 == nil || $0 == $1 }
    }
    guard fits ?? true, !given.isEmpty, given.allSatisfy({ $0 > 0 }) else {
      throw Diagnostic(
        "--input-shape \(given) does not fit the model's input, \(shape ?? "?")", layer: layer)
    }
    return given
  }
}
