import SpikeIR

/// Rules of shapes that values and constants share.
enum Shape {
  /// The shape that Reshape's second input asks for.
  ///
  /// - Throws: a `Diagnostic` if it does not fit.
  static func resolved(
    _ target: [Int], of shape: [Int], keepsZero: Bool, _ call: OnnxCall
  ) throws -> [Int] {
    var result = target
    for (axis, extent) in target.enumerated() where extent == 0 && !keepsZero {
      guard shape.indices.contains(axis) else {
        throw call.diagnostic("copies axis \(axis) of a value of shape \(shape)")
      }
      result[axis] = shape[axis]
    }
    let open = result.indices.filter { result[$0] == -1 }
    var known = 1
    for extent in result where extent != -1 {
      let (product, overflow) = known.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else {
        throw call.diagnostic("asks for an impossible shape, \(target)")
      }
      known = product
    }
    let count = shape.reduce(1, *)
    guard open.count <= 1, open.isEmpty ? known == count : known > 0 && count % known == 0 else {
      throw call.diagnostic("gives a value of shape \(shape) the shape \(target)")
    }
    if let axis = open.first { result[axis] = count / known }
    return result
  }

  /// The part of a shape between Shape's attributes `start` and `end`.
  static func part(of shape: [Int], _ call: OnnxCall) throws -> [Int] {
    func bound(_ name: String, _ standard: Int) throws -> Int {
      let value = try call.integer(name, standard)
      return min(max(value < 0 ? value + shape.count : value, 0), shape.count)
    }
    let (start, end) = (try bound("start", 0), try bound("end", shape.count))
    return start < end ? Array(shape[start..<end]) : []
  }

  /// The shape of two operands spread over each other as numpy does; nil if they do not fit.
  static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    let padded = [a, b].map { [Int](repeating: 1, count: rank - $0.count) + $0 }
    var result: [Int] = []
    for (x, y) in zip(padded[0], padded[1]) {
      guard x == y || x == 1 || y == 1 else { return nil }
      result.append(x == 1 ? y : x)
    }
    return result
  }

  /// What Slice takes along one axis.
  struct Part {
    let axis: Int
    let indices: [Int]
  }

  /// What Slice takes, by its attributes or, since opset 10, its inputs.
  ///
  /// - Throws: a `Diagnostic` if they do not fit.
  static func slices(_ call: OnnxCall, of shape: [Int]) throws -> [Part] {
    guard let starts = try call.integers("starts", orInput: 1),
      let ends = try call.integers("ends", orInput: 2), starts.count == ends.count
    else { throw call.diagnostic("has no starts and ends of one length") }
    let axes = try call.integers("axes", orInput: 3) ?? Array(starts.indices)
    let steps = try call.constant(4, "steps")?.integers() ?? starts.map { _ in 1 }
    guard axes.count == starts.count, steps.count == starts.count, !steps.contains(0) else {
      throw call.diagnostic("has axes or steps of another length than starts, or a step of 0")
    }
    return try axes.indices.map { index in
      let axis = try call.position(axes[index], rank: shape.count)
      let (extent, step) = (shape[axis], steps[index])
      func bound(_ value: Int) -> Int {
        let position = value < 0 ? max(value, -extent - 1) + extent : min(value, extent)
        return step > 0 ? min(max(position, 0), extent) : min(max(position, -1), extent - 1)
      }
      let clamped = min(max(step, -extent - 1), extent + 1)
      let indices = stride(from: bound(starts[index]), to: bound(ends[index]), by: clamped)
      return Part(axis: axis, indices: Array(indices))
    }
  }
}
