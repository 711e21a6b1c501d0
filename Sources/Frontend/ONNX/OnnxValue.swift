import SpikeIR

/// A factor of an axis of a value; its extent is above 1.
struct Atom: Hashable {
  fileprivate let id: Int
  let extent: Int
}

/// One axis of an ONNX value: its factors, outermost first, or the batch.
struct OnnxAxis: Hashable {
  /// None for an axis of extent 1.
  var atoms: [Atom]
  /// The number of samples, for the batch axis of a model that is made for more than one.
  var batch: Int?

  init(_ atoms: [Atom]) { self.atoms = atoms }

  init(batch: Int) {
    atoms = []
    self.batch = batch > 1 ? batch : nil
  }

  /// The number of elements along it.
  var extent: Int { batch ?? atoms.extent }
}

/// A value of an ONNX network: a node, and where the elements lie there.
///
/// ONNX computes channels first, the IR channels last, and exporters put transpositions and
/// reshapes between layouts. All of them only regroup and reorder factors of extents, here called
/// atoms: a reshape splits or joins axes, a transposition permutes them. So they change `axes`
/// and leave the node alone, and what undoes each other is nothing. Elements move only where an
/// operator asks for another order of the atoms than the node has. The batch is no part of a node.
struct OnnxValue {
  var node: NodeID
  /// The axes as ONNX counts them.
  var axes: [OnnxAxis]
  /// All atoms in the order in which the node holds them; its shape groups them.
  var order: [Atom]
  /// Set between QuantizeLinear and DequantizeLinear.
  var quantization: Quantization?
  /// Whether the elements are of an integer type, whose sums wrap and whose quotients are cut.
  var isInteger = false

  /// The extents as ONNX counts them, batch included.
  var shape: [Int] { axes.map(\.extent) }
  /// The position of the batch axis, where the model is made for more than one sample.
  var batchAxis: Int? { axes.firstIndex { $0.batch != nil } }
  /// The atoms in the order of the axes.
  var plainOrder: [Atom] { axes.flatMap(\.atoms) }

  init(node: NodeID, axes: [OnnxAxis], order: [Atom]) {
    self.node = node
    self.axes = axes
    self.order = order
  }
}

/// What the numbers of a quantised value stand for: `(q - zero) · step`.
struct Quantization: Equatable {
  let step: Double
  let zero: Int
  let range: ClosedRange<Int>
}

extension [Atom] {
  /// The number of elements that they span.
  var extent: Int { reduce(1) { $0 * $1.extent } }

  /// The atoms in groups whose extents are `shape`; nil where no group boundary fits.
  func grouped(as shape: [Int]) -> [[Atom]]? {
    var rest = self[...]
    var groups: [[Atom]] = []
    for extent in shape {
      var group: [Atom] = []
      while group.extent < extent, let atom = rest.popFirst() { group.append(atom) }
      guard group.extent == extent else { return nil }
      groups.append(group)
    }
    return rest.isEmpty ? groups : nil
  }
}

/// Numbers atoms, and brings values into the orders that operators ask for.
struct Arrangements {
  private struct Key: Hashable {
    let node: NodeID
    let from: [Atom]
    let to: [[Atom]]
  }

  private var lastID = 0

  /// A new factor; none for an extent of 1.
  mutating func atoms(_ extent: Int) -> [Atom] {
    guard extent > 1 else { return [] }
    lastID += 1
    return [Atom(id: lastID, extent: extent)]
  }

  /// Gives the node that holds a value in groups of atoms, one per axis of the node, adding what
  /// moves it there.
  mutating func arrange(_ value: OnnxValue, _ groups: [[Atom]], _ builder: inout NetworkBuilder)
    throws -> NodeID
  {
    let shape = groups.map(\.extent)
    if groups.flatMap({ $0 }) == value.order {
      return try builder.reshape(value.node, to: shape, "shaped")
    }
    let key = Key(node: value.node, from: value.order, to: groups)
    if let node = builder.moved[key] { return node }
    let node = try transpose(value, groups, &builder)
    builder.moved[key] = node
    return node
  }

  private func transpose(
    _ value: OnnxValue, _ groups: [[Atom]], _ builder: inout NetworkBuilder
  ) throws -> NodeID {
    if let source = value.order.grouped(as: builder.shape(of: value.node)),
      let permutation = Arrangements.permutation(from: source, to: groups)
    {
      return try builder.add("transposed", Transpose(permutation: permutation), value.node)
    }
    let runs = Arrangements.runs(of: groups.flatMap { $0 }, in: value.order)
    let source = runs.sorted {
      Arrangements.position($0, value.order) < Arrangements.position($1, value.order)
    }
    let node = try builder.reshape(value.node, to: source.map(\.extent), "split")
    let permutation = runs.compactMap { source.firstIndex(of: $0) }
    let moved = try builder.add("transposed", Transpose(permutation: permutation), node)
    return try builder.reshape(moved, to: groups.map(\.extent), "joined")
  }

  /// Which source axis each target axis is; nil if they are not the same axes.
  private static func permutation(from source: [[Atom]], to target: [[Atom]]) -> [Int]? {
    guard source.count == target.count else { return nil }
    var free = Set(source.indices)
    var result: [Int] = []
    for group in target {
      guard let index = source.indices.first(where: { free.contains($0) && source[$0] == group })
      else { return nil }
      free.remove(index)
      result.append(index)
    }
    return result
  }

  /// The target order in the longest pieces that stand together in the source too.
  private static func runs(of target: [Atom], in source: [Atom]) -> [[Atom]] {
    var runs: [[Atom]] = []
    for atom in target {
      if let last = runs.last?.last, let index = source.firstIndex(of: last),
        source.indices.contains(index + 1), source[index + 1] == atom
      {
        runs[runs.count - 1].append(atom)
      } else {
        runs.append([atom])
      }
    }
    return runs
  }

  private static func position(_ run: [Atom], _ order: [Atom]) -> Int {
    run.first.flatMap { order.firstIndex(of: $0) } ?? 0
  }

  /// The value under another shape with as many elements, the batch in its place; nil if that
  /// would need elements to move or would mix samples.
  mutating func reshape(_ value: OnnxValue, to shape: [Int]) -> OnnxValue? {
    var batch: Int?
    if let axis = value.batchAxis {
      let before = value.shape[..<axis].reduce(1, *)
      batch = shape.indices.first {
        shape[..<$0].reduce(1, *) == before && shape[$0] == value.shape[axis]
      }
      if batch == nil { return nil }
    }
    var result = value
    result.axes = []
    var rest = value.plainOrder[...]
    for (axis, extent) in shape.enumerated() {
      if axis == batch {
        result.axes.append(OnnxAxis(batch: extent))
      } else if let atoms = take(extent, from: &rest, &result.order) {
        result.axes.append(OnnxAxis(atoms))
      } else {
        return nil
      }
    }
    return rest.isEmpty ? result : nil
  }

  /// Takes atoms that span `extent`, splitting the last; nil if none do.
  private mutating func take(
    _ extent: Int, from rest: inout ArraySlice<Atom>, _ order: inout [Atom]
  ) -> [Atom]? {
    var needed = extent
    var taken: [Atom] = []
    while needed > 1 {
      guard let atom = rest.popFirst() else { return nil }
      if needed % atom.extent == 0 {
        taken.append(atom)
        needed /= atom.extent
      } else if atom.extent % needed == 0, let index = order.firstIndex(of: atom) {
        let (outer, inner) = (atoms(needed), atoms(atom.extent / needed))
        order.replaceSubrange(index...index, with: outer + inner)
        taken += outer
        rest = inner + rest
        needed = 1
      } else {
        return nil
      }
    }
    return taken
  }
}
