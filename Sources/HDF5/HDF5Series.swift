import CHDF5

/// A vector in a file that grows while it is written, chunk by chunk: what is too long for memory. Not
/// deflated, because not every reader can undo that (libsonata's of PyPI cannot).
public final class HDF5Series<Element: HDF5Element> {
  private let location: Location
  private var buffer: [Element] = []
  private var written = 0

  /// The most elements that wait in memory, and the size of a chunk in the file.
  private static var chunk: Int { 1 << 16 }

  /// Creates an empty vector at `path`, and the groups on the way to it.
  ///
  /// - Throws: ``HDF5Error`` where something of that name is there, or where it cannot be written.
  public init(_ path: String, in group: HDF5Group) throws {
    let parent = try group.location.writable()
    let place = group.location.at(group.location.path(of: path))
    location = try withLibrary {
      var (empty, unlimited, chunk) = (hsize_t(0), hsize_t.max, hsize_t(Self.chunk))
      guard let space = Handle(H5Screate_simple(1, &empty, &unlimited)),
        let parents = Handle(spikec_h5_making_parents()),
        let creation = Handle(spikec_h5_untimed_creation(1)),
        H5Pset_chunk(creation.id, 1, &chunk) >= 0,
        // Else the rest of the last chunk is whatever lay in memory.
        H5Pset_fill_time(creation.id, H5D_FILL_TIME_ALLOC) >= 0,
        let dataset = Handle(
          H5Dcreate2(
            parent, path, Element.hdf5Types.file, space.id, parents.id, creation.id,
            spikec_h5_default()))
      else { throw place.failure("the dataset cannot be written") }
      return place.at(place.path, .written(dataset))
    }
    buffer.reserveCapacity(Self.chunk)
  }

  /// Its attributes.
  public var attributes: HDF5Attributes { HDF5Attributes(location: location) }

  /// How many elements it has.
  public var count: Int { written + buffer.count }

  /// Adds an element at the end.
  ///
  /// - Throws: ``HDF5Error`` where it cannot be written, a full disk for one.
  public func append(_ value: Element) throws {
    buffer.append(value)
    if buffer.count == Self.chunk { try flush() }
  }

  /// Writes what waits in memory; needed after the last element.
  ///
  /// - Throws: ``HDF5Error`` where it cannot be written.
  public func flush() throws {
    guard !buffer.isEmpty else { return }
    let dataset = try location.writable()
    try withLibrary {
      var (start, count) = (hsize_t(written), hsize_t(buffer.count))
      var total = start + count
      guard H5Dset_extent(dataset, &total) >= 0, let file = Handle(H5Dget_space(dataset)),
        H5Sselect_hyperslab(file.id, H5S_SELECT_SET, &start, nil, &count, nil) >= 0,
        let memory = Handle(H5Screate_simple(1, &count, nil)),
        buffer.withUnsafeBytes({
          H5Dwrite(
            dataset, Element.hdf5Types.memory, memory.id, file.id, spikec_h5_default(),
            $0.baseAddress)
        }) >= 0,
        // Now, because a chunk gets its place in the file when it leaves memory.
        H5Dflush(dataset) >= 0
      else { throw location.failure("the dataset cannot be written") }
    }
    written += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }
}
