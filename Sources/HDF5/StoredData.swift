import CHDF5Snapshot

/// What an attribute or dataset of a file that was read holds, and where its elements stand.
struct StoredData: Sendable {
  /// More elements than this are refused.
  static let maximumCount = 1 << 31

  fileprivate let place: Int
  /// The type in the file.
  let elementType: HDF5ElementType
  /// The bytes of one number where it stands.
  let storedSize: Int
  let offset: Int
  /// The bytes of all elements where they stand.
  let byteCount: Int
  /// The dimensions, `[]` for a scalar, `[0]` for HDF5's null extent.
  let shape: [Int]
  fileprivate let reason: String

  init(
    place: Int, elementType: HDF5ElementType, storedSize: Int, offset: Int, byteCount: Int,
    shape: [Int], reason: String
  ) {
    (self.place, self.elementType, self.storedSize) = (place, elementType, storedSize)
    (self.offset, self.byteCount, self.shape, self.reason) = (offset, byteCount, shape, reason)
  }

  /// Whether the numbers stand in the file itself.
  var isInPlace: Bool { place == SPIKEC_H5_IN_PLACE }
  private var isReadable: Bool { isInPlace || place == SPIKEC_H5_STORED }

  /// The product of the dimensions; 0 where it is more than can be read.
  var count: Int {
    shape.contains(0) ? 0 : shape.reduce(1) { $0 <= Self.maximumCount / max(1, $1) ? $0 * $1 : 0 }
  }

  private var isNumeric: Bool {
    [.float, .signedInteger, .unsignedInteger].contains(elementType.kind)
  }

  /// Whether the elements lie where they can, as many as the shape says.
  func isConsistent(_ limits: (file: Int, values: Int)) -> Bool {
    guard isReadable else { return place <= SPIKEC_H5_ELSEWHERE }
    let limit = isInPlace ? limits.file : limits.values
    guard offset <= limit, byteCount <= limit - offset else { return false }
    guard !shape.contains(0) else { return byteCount == 0 }
    guard count > 0 else { return false }
    if isNumeric {
      let sizes = elementType.kind == .float ? [4, 8] : [1, 2, 4, 8]
      return sizes.contains(storedSize) && byteCount == count * storedSize
    }
    return !isInPlace && byteCount / 4 >= count
  }

  /// Refuses data that could not be read.
  ///
  /// - Throws: ``HDF5Error``.
  func check(at location: Location, _ snapshot: Snapshot) throws {
    switch place {
    case SPIKEC_H5_ELSEWHERE: throw location.error("its data lie in other files: not followed")
    case SPIKEC_H5_TOO_LARGE:
      throw location.error(
        "its shape \(shape) of \(elementType) cannot be in a file of \(snapshot.byteCount)"
          + " bytes: corrupt")
    case SPIKEC_H5_CORRUPT: throw location.error("its data cannot be read: corrupt file\(reason)")
    default: return
    }
  }

  /// The elements `range` as numbers.
  ///
  /// - Throws: ``HDF5Error`` where they are none, or do not convert.
  func numbers<Element: HDF5Element>(
    _ range: Range<Int>, as element: Element.Type, at location: Location, _ snapshot: Snapshot
  ) throws -> [Element] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "elements that are not there")
    try check(at: location, snapshot)
    guard elementType.converts(to: element) else {
      throw location.error("expected numbers that fit \(element), it has \(elementType)")
    }
    if elementType.kind == element.hdf5Kind, storedSize == MemoryLayout<Element>.size {
      return try array(of: Element.self, range, at: location, snapshot)
    }
    switch (elementType.kind, storedSize) {
    case (.float, 4):
      return try array(of: Float.self, range, at: location, snapshot).map { Element(Double($0)) }
    case (.float, _):
      return try array(of: Double.self, range, at: location, snapshot).map { Element($0) }
    case (.signedInteger, 1): return try converted(Int8.self, range, at: location, snapshot)
    case (.signedInteger, 2): return try converted(Int16.self, range, at: location, snapshot)
    case (.signedInteger, 4): return try converted(Int32.self, range, at: location, snapshot)
    case (.signedInteger, _): return try converted(Int64.self, range, at: location, snapshot)
    case (_, 1): return try converted(UInt8.self, range, at: location, snapshot)
    case (_, 2): return try converted(UInt16.self, range, at: location, snapshot)
    case (_, 4): return try converted(UInt32.self, range, at: location, snapshot)
    default: return try converted(UInt64.self, range, at: location, snapshot)
    }
  }

  private func converted<Source: BinaryInteger & BitwiseCopyable, Element: HDF5Element>(
    _ source: Source.Type, _ range: Range<Int>, at location: Location, _ snapshot: Snapshot
  ) throws -> [Element] {
    try array(of: source, range, at: location, snapshot).map { Element($0) }
  }

  private func array<Source: BitwiseCopyable>(
    of source: Source.Type, _ range: Range<Int>, at location: Location, _ snapshot: Snapshot
  ) throws -> [Source] {
    var isWhole = false
    let place = offset + range.lowerBound * MemoryLayout<Source>.size
    let values = [Source](unsafeUninitializedCapacity: range.count) { buffer, filled in
      let bytes = UnsafeMutableRawBufferPointer(
        start: buffer.baseAddress, count: range.count * MemoryLayout<Source>.size)
      isWhole = snapshot.read(at: place, isInPlace: isInPlace, into: bytes)
      filled = isWhole ? range.count : 0
    }
    guard isWhole else { throw location.error("its data cannot be read: the file has changed") }
    return values
  }

  /// The elements as strings.
  ///
  /// - Throws: ``HDF5Error`` where they are none.
  func strings(at location: Location, _ snapshot: Snapshot) throws -> [String] {
    try check(at: location, snapshot)
    guard elementType.kind == .fixedString || elementType.kind == .variableString else {
      throw location.error("expected strings, it has \(elementType)")
    }
    var rest = try array(of: UInt8.self, 0..<byteCount, at: location, snapshot)[...]
    var strings: [String] = []
    for _ in 0..<count {
      let length = rest.prefix(4).withUnsafeBytes { bytes in
        bytes.count == 4 ? Int(bytes.loadUnaligned(as: UInt32.self)) : .max
      }
      rest = rest.dropFirst(4)
      guard length <= rest.count else {
        throw location.error("its strings cannot be read: corrupt file")
      }
      strings.append(String(decoding: rest.prefix(length), as: UTF8.self))
      rest = rest.dropFirst(length)
    }
    return strings
  }
}
