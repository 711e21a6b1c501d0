import CHDF5

/// The attributes of a group or dataset.
public struct HDF5Attributes: Sendable {
  let location: Location

  /// Their names, sorted.
  ///
  /// - Throws: ``HDF5Error`` where they are corrupt.
  public func names() throws -> [String] {
    try withLibrary {
      let names = collectNames { spikec_h5_visit_attributes(location.id, $0, $1) }
      guard let names else { throw location.failure("its attributes cannot be read: corrupt file") }
      return names
    }
  }

  /// Whether there is one called `name`.
  public func exists(_ name: String) -> Bool {
    withLibrary { H5Aexists(location.id, name) > 0 }
  }

  /// The string `name`, of fixed or variable length.
  ///
  /// - Throws: ``HDF5Error`` where there is none, or where it is not one string.
  public func string(_ name: String) throws -> String {
    let all = try strings(name)
    guard all.count == 1 else {
      throw attribute(name).error("expected one string, it has \(all.count)")
    }
    return all[0]
  }

  /// The strings `name`, of any shape, the last dimension running fastest. An empty attribute gives
  /// `[]` whatever its type: h5py writes an empty list as float64.
  ///
  /// - Throws: ``HDF5Error`` where there is none, or where its elements are not strings.
  public func strings(_ name: String) throws -> [String] {
    try read(name) { place, type, space, extent in
      let elementType = HDF5ElementType(type)
      guard extent.count > 0 else { return [] }
      guard elementType.kind == .fixedString || elementType.kind == .variableString else {
        throw place.error("expected strings, it has \(elementType)")
      }
      return try readStrings(type, space: space, count: extent.count, at: place) {
        H5Aread(place.id, $0, $1)
      }
    }
  }

  /// The numbers `name`, of any shape, the last dimension running fastest.
  ///
  /// - Throws: ``HDF5Error`` where there is none, or where its elements do not convert: floats take
  ///   any number, integers only integers that cannot overflow.
  public func numbers<Element: HDF5Element>(
    _ name: String, as element: Element.Type = Element.self
  ) throws -> [Element] {
    try read(name) { place, type, _, extent in
      let elementType = HDF5ElementType(type)
      guard elementType.converts(to: element) else {
        throw place.error("expected numbers that fit \(element), it has \(elementType)")
      }
      var values = [Element](repeating: .zero, count: extent.count)
      guard extent.count == 0 || H5Aread(place.id, Element.hdf5Types.memory, &values) >= 0 else {
        throw place.failure("its numbers cannot be read: corrupt file")
      }
      return values
    }
  }

  /// Writes the string `value`, UTF-8 of its own length, in place of what is called `name`.
  ///
  /// - Throws: ``HDF5Error`` where it cannot be written.
  public func set(_ name: String, to value: String) throws {
    try set(name, to: [value], space: H5Screate(H5S_SCALAR))
  }

  /// Writes a vector of strings, UTF-8 of their own lengths, in place of what is called `name`.
  ///
  /// - Throws: ``HDF5Error`` where it cannot be written.
  public func set(_ name: String, to values: [String]) throws {
    try set(name, to: values, space: H5Screate_simple(1, [hsize_t(values.count)], nil))
  }

  private func set(_ name: String, to values: [String], space: @autoclosure () -> hid_t) throws {
    try withLibrary {
      if H5Aexists(location.id, name) > 0 { H5Adelete(location.id, name) }
      let type = Handle(spikec_h5_variable_string(H5T_CSET_UTF8, H5T_STR_NULLTERM))
      guard let type, let space = Handle(space()),
        let handle = Handle(
          H5Acreate2(
            location.id, name, type.id, space.id, spikec_h5_default(), spikec_h5_default())),
        withCStrings(values, { H5Awrite(handle.id, type.id, $0) }) >= 0
      else { throw attribute(name).failure("cannot be written") }
    }
  }

  private func attribute(_ name: String, handle: Handle? = nil) -> Location {
    Location(
      file: location.file, fileByteCount: location.fileByteCount,
      path: "\(location.path)@\(name)", handle: handle ?? location.handle)
  }

  /// Opens an attribute and holds its size against that of the file.
  private func read<Result>(
    _ name: String, _ body: (Location, hid_t, hid_t, Extent) throws -> Result
  ) throws -> Result {
    try withLibrary {
      guard H5Aexists(location.id, name) > 0 else {
        throw location.error("has no attribute \"\(name)\"")
      }
      guard let handle = Handle(H5Aopen(location.id, name, spikec_h5_default())),
        let type = Handle(H5Aget_type(handle.id)), let space = Handle(H5Aget_space(handle.id))
      else { throw attribute(name).failure("cannot be read: corrupt file") }
      let place = attribute(name, handle: handle)
      let extent = try Extent(space: space.id, of: place)
      let (bytes, overflow) = extent.count.multipliedReportingOverflow(by: H5Tget_size(type.id))
      guard !overflow, bytes <= location.fileByteCount else {
        throw place.error("its shape \(extent.shape) does not fit in the file: corrupt")
      }
      return try body(place, type.id, space.id, extent)
    }
  }
}

/// Calls `body` with the strings as C has them; they live as long as the call.
func withCStrings(_ values: [String], _ body: (UnsafeRawPointer) -> herr_t) -> herr_t {
  var bytes: [CChar] = []
  let starts = values.map { value in
    defer { bytes.append(contentsOf: value.utf8CString) }
    return bytes.count
  }
  // An empty list still needs an address.
  bytes.append(0)
  return bytes.withUnsafeBufferPointer { text in
    let pointers = (starts + [0]).map { text.baseAddress! + $0 }
    return pointers.withUnsafeBytes { body($0.baseAddress!) }
  }
}
