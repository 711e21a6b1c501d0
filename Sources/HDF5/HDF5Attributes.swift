import CHDF5

/// The attributes of a group or dataset.
public struct HDF5Attributes: Sendable {
  let location: Location

  /// Their names, sorted.
  ///
  /// - Throws: ``HDF5Error`` where they are corrupt, and where the file is being written.
  public func names() throws -> [String] {
    let object = try location.stored().object
    if let reason = object.attributesFailure {
      throw location.error("its attributes cannot be read: corrupt file\(reason)")
    }
    return object.attributes.keys.sorted()
  }

  /// Whether there is one called `name`.
  public func exists(_ name: String) -> Bool {
    switch location.object {
    case .stored(let snapshot, let number): snapshot.objects[number].attributes[name] != nil
    case .written(let handle): withLibrary { H5Aexists(handle.id, name) > 0 }
    }
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
    let (snapshot, data) = try stored(name)
    try data.check(at: attribute(name), snapshot)
    return data.count == 0 ? [] : try data.strings(at: attribute(name), snapshot)
  }

  /// The numbers `name`, of any shape, the last dimension running fastest.
  ///
  /// - Throws: ``HDF5Error`` where there is none, or where its elements do not convert: floats take
  ///   any number, integers only integers that cannot overflow.
  public func numbers<Element: HDF5Element>(
    _ name: String, as element: Element.Type = Element.self
  ) throws -> [Element] {
    let (snapshot, data) = try stored(name)
    return try data.numbers(0..<data.count, as: element, at: attribute(name), snapshot)
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
    let object = try location.writable()
    try withLibrary {
      if H5Aexists(object, name) > 0 { H5Adelete(object, name) }
      let type = Handle(spikec_h5_variable_string(H5T_CSET_UTF8, H5T_STR_NULLTERM))
      guard let type, let space = Handle(space()),
        let handle = Handle(
          H5Acreate2(object, name, type.id, space.id, spikec_h5_default(), spikec_h5_default())),
        withCStrings(values, { H5Awrite(handle.id, type.id, $0) }) >= 0
      else { throw attribute(name).failure("cannot be written") }
    }
  }

  private func attribute(_ name: String) -> Location { location.at("\(location.path)@\(name)") }

  private func stored(_ name: String) throws -> (Snapshot, StoredData) {
    let (snapshot, object) = try location.stored()
    guard let data = object.attributes[name] else {
      throw location.error("has no attribute \"\(name)\"")
    }
    return (snapshot, data)
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
