import CHDF5

/// A dataset of an HDF5 file. Opening one reads its shape and type; `read` reads the data.
public struct HDF5Dataset: Sendable {
  let location: Location
  /// Its dimensions, the last running fastest; `[]` for a scalar.
  public let shape: [Int]
  /// The type of its elements in the file.
  public let elementType: HDF5ElementType

  /// The path inside the file, from `/`.
  public var path: String { location.path }

  /// How many elements it has: the product of `shape`, at most 2^31.
  public var count: Int { shape.reduce(1, *) }

  /// Its attributes.
  public var attributes: HDF5Attributes { HDF5Attributes(location: location) }

  init(location: Location) throws {
    self.location = location
    (shape, elementType) = try withLibrary {
      guard let creation = Handle(H5Dget_create_plist(location.id)),
        let type = Handle(H5Dget_type(location.id))
      else { throw location.failure("is corrupt") }
      let layout = H5Pget_layout(creation.id)
      // Before the dataspace: that of a virtual dataset is got from the other files.
      guard layout != H5D_VIRTUAL, H5Pget_external_count(creation.id) == 0 else {
        throw location.error("its data lie in other files: not followed")
      }
      guard let space = Handle(H5Dget_space(location.id)) else {
        throw location.failure("is corrupt")
      }
      let (extent, elementType) = (
        try Extent(space: space.id, of: location), HDF5ElementType(type.id)
      )
      try Self.checkFits(extent, elementType, layout: layout, creation: creation.id, at: location)
      return (extent.shape, elementType)
    }
  }

  /// Refuses what cannot be in a file of this size, before anything is allocated for it. Deflate
  /// makes data at most about 1,032 times smaller.
  private static func checkFits(
    _ extent: Extent, _ type: HDF5ElementType, layout: H5D_layout_t, creation: hid_t,
    at location: Location
  ) throws {
    guard location.fileByteCount < .max, extent.count > 0 else { return }
    var limit = location.fileByteCount
    var counts = [extent.count]
    if layout == H5D_CHUNKED {
      limit = 1100 * min(limit, Int(clamping: H5Dget_storage_size(location.id)))
      var dimensions = [hsize_t](repeating: 0, count: 32)
      let rank = Int(H5Pget_chunk(creation, 32, &dimensions))
      guard rank == extent.shape.count else { throw location.failure("its chunks are corrupt") }
      counts.append(
        dimensions.prefix(rank).reduce(1) { count, dimension in
          let (next, overflow) = count.multipliedReportingOverflow(by: Int(clamping: dimension))
          return overflow ? .max : next
        })
    }
    for count in counts {
      let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
      guard !overflow, bytes <= limit else {
        throw location.error(
          "its shape \(extent.shape) of \(type) cannot be in a file of \(location.fileByteCount)"
            + " bytes: corrupt")
      }
    }
  }

  /// Reads all elements, the last dimension running fastest, converted to `element`.
  ///
  /// - Throws: ``HDF5Error`` where the data are corrupt, and where the type in the file does not
  ///   convert: floats take any number, rounded, integers only integers that cannot overflow.
  public func read<Element: HDF5Element>(
    as element: Element.Type = Element.self
  ) throws -> [Element] {
    try withLibrary {
      guard elementType.converts(to: element) else {
        throw location.error("expected numbers that fit \(element), it has \(elementType)")
      }
      var values = [Element](repeating: .zero, count: count)
      guard count == 0 || readAll(Element.hdf5Types.memory, &values) >= 0 else {
        throw location.failure("its data cannot be read: corrupt file")
      }
      return values
    }
  }

  /// Reads all elements, which are strings, the last dimension running fastest.
  ///
  /// - Throws: ``HDF5Error`` where the data are corrupt or not strings.
  public func readStrings() throws -> [String] {
    guard elementType.kind == .fixedString || elementType.kind == .variableString else {
      throw location.error("expected strings, it has \(elementType)")
    }
    return try withLibrary {
      guard let type = Handle(H5Dget_type(location.id)),
        let space = Handle(H5Dget_space(location.id))
      else { throw location.failure("is corrupt") }
      return try HDF5.readStrings(
        type.id, space: space.id, count: count, at: location, read: readAll)
    }
  }

  private func readAll(_ memoryType: hid_t, _ buffer: UnsafeMutableRawPointer) -> herr_t {
    H5Dread(
      location.id, memoryType, spikec_h5_everything(), spikec_h5_everything(), spikec_h5_default(),
      buffer)
  }
}
