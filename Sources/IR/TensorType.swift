/// What one element of a value stands for.
///
/// A value never has a batch dimension: the graph describes one sample.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
  /// An analog number of the CNN.
  case f32
  /// A signed integer per timestep: a direct input, or a sum of spikes over a pooling window.
  case level
  /// 0 or 1 per timestep.
  case spike
  /// A synaptic current per timestep, before a population integrates it.
  case current
}

/// The type of a value: its element and its shape, channels last (`[height, width, channels]`).
public struct TensorType: Hashable, Sendable {
  /// What each element stands for.
  public var element: ElementType
  /// The extents, outermost first; empty for a scalar.
  public var shape: [Int]

  /// A type of the given element and shape.
  public init(_ element: ElementType, _ shape: [Int]) {
    self.element = element
    self.shape = shape
  }

  /// The number of elements: the product of the extents.
  public var count: Int { shape.reduce(1, *) }

  /// The extent of the last axis, which holds the channels; 1 for a scalar.
  public var channels: Int { shape.last ?? 1 }

  /// The same shape with another element.
  public func with(_ element: ElementType) -> TensorType { TensorType(element, shape) }
}

extension TensorType: CustomStringConvertible {
  /// The textual form, such as `f32[32x32x3]`.
  public var description: String {
    "\(element.rawValue)[\(shape.map(String.init).joined(separator: "x"))]"
  }
}
