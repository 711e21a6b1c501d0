import CHDF5

/// The dimensions of a dataset's or attribute's data, `[]` for a scalar.
struct Extent {
  /// More elements than this are refused.
  static let maximumCount = 1 << 31

  let shape: [Int]
  /// The product of the dimensions; 0 for HDF5's null extent.
  let count: Int

  /// Reads a dataspace of `location`.
  ///
  /// - Throws: ``HDF5Error`` where it is corrupt or has more than 2^31 elements.
  init(space: hid_t, of location: Location) throws {
    let rank = H5Sget_simple_extent_ndims(space)
    guard rank >= 0, rank <= 32 else {
      throw location.failure("its dimensions cannot be read: corrupt file")
    }
    guard H5Sget_simple_extent_type(space) != H5S_NULL else {
      (shape, count) = ([0], 0)
      return
    }
    var dimensions = [hsize_t](repeating: 0, count: Int(rank))
    guard rank == 0 || H5Sget_simple_extent_dims(space, &dimensions, nil) == rank else {
      throw location.failure("its dimensions cannot be read: corrupt file")
    }
    var product = 1
    for dimension in dimensions {
      let (next, overflow) = product.multipliedReportingOverflow(by: Int(clamping: dimension))
      guard !overflow, next <= Self.maximumCount, dimension <= Self.maximumCount else {
        throw location.error("its shape \(dimensions) has more than 2^31 elements")
      }
      product = next
    }
    (shape, count) = (dimensions.map(Int.init), product)
  }
}
