/// Where a node comes from: the layers of the imported model that it stands for.
///
/// Fusing nodes merges their origins, so that a diagnostic can still name `conv1+bn1`.
public struct Origin: Hashable, Sendable {
  /// The names of the layers, in the order in which they were merged, without repeats.
  public private(set) var layers: [String]

  /// The origin of a node that stands for these layers.
  public init(_ layers: [String] = []) { self.layers = layers }

  /// The origin of a node that stands for one layer.
  public init(_ layer: String) { layers = [layer] }

  /// The origin of a node that stands for both.
  public func merged(_ other: Origin) -> Origin {
    Origin(layers + other.layers.filter { !layers.contains($0) })
  }
}

extension Origin: CustomStringConvertible {
  /// The layers joined by `+`, as diagnostics print them.
  public var description: String { layers.joined(separator: "+") }
}
