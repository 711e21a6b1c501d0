/// A dataset of an HDF5 file that was opened to be read.
public struct HDF5Dataset: Sendable {
  let location: Location
  private let snapshot: Snapshot
  private let data: StoredData

  /// Its dimensions, the last running fastest; `[]` for a scalar.
  public var shape: [Int] { data.shape }

  /// The type of its elements in the file.
  public var elementType: HDF5ElementType { data.elementType }

  /// The path inside the file, from `/`.
  public var path: String { location.path }

  /// How many elements it has: the product of `shape`, at most 2^31.
  public var count: Int { data.count }

  /// Its attributes.
  public var attributes: HDF5Attributes { HDF5Attributes(location: location) }

  init(location: Location) throws {
    let (snapshot, object) = try location.stored()
    guard object.kind == .dataset, let data = object.data else {
      throw location.error("is not a dataset")
    }
    try data.check(at: location, snapshot)
    (self.location, self.snapshot, self.data) = (location, snapshot, data)
  }

  /// Reads all elements, the last dimension running fastest, converted to `element`.
  ///
  /// - Throws: ``HDF5Error`` where the type in the file does not convert: floats take any number,
  ///   rounded, integers only integers that cannot overflow.
  public func read<Element: HDF5Element>(
    as element: Element.Type = Element.self
  ) throws -> [Element] {
    try data.numbers(0..<count, as: element, at: location, snapshot)
  }

  /// Reads the elements `range`, counted with the last dimension running fastest; it lies within
  /// `0..<count`.
  ///
  /// - Throws: as `read(as:)`.
  public func read<Element: HDF5Element>(
    _ range: Range<Int>, as element: Element.Type = Element.self
  ) throws -> [Element] {
    try data.numbers(range, as: element, at: location, snapshot)
  }

  /// Reads all elements, which are strings, the last dimension running fastest.
  ///
  /// - Throws: ``HDF5Error`` where they are not strings.
  public func readStrings() throws -> [String] {
    try data.strings(at: location, snapshot)
  }
}
