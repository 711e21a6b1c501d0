import CHDF5

extension HDF5Group {
  /// Creates the group at `path`, and the groups on the way to it.
  ///
  /// - Throws: ``HDF5Error`` where something of that name is there, or where it cannot be written.
  public func createGroup(_ path: String) throws -> HDF5Group {
    let parent = try location.writable()
    return try withLibrary {
      guard let parents = Handle(spikec_h5_making_parents()),
        let creation = Handle(spikec_h5_untimed_creation(0)),
        let handle = Handle(
          H5Gcreate2(parent, path, parents.id, creation.id, spikec_h5_default()))
      else { throw child(path).failure("the group cannot be created") }
      return HDF5Group(location: location.at(child(path).path, .written(handle)))
    }
  }

  /// Writes a dataset at `path`, and the groups on the way to it. `shape` is `[]` for a scalar.
  ///
  /// - Throws: ``HDF5Error`` where something of that name is there, or where it cannot be written.
  public func write<Element: HDF5Element>(
    _ path: String, _ values: [Element], shape: [Int]
  ) throws {
    precondition(shape.reduce(1, *) == values.count, "\(values.count) values for shape \(shape)")
    let types = withLibrary { Element.hdf5Types }
    try write(path, shape: shape, type: types.file) { dataset in
      values.withUnsafeBytes { bytes in
        let all = spikec_h5_everything()
        return H5Dwrite(dataset, types.memory, all, all, spikec_h5_default(), bytes.baseAddress)
      }
    }
  }

  /// Writes a dataset of strings, UTF-8 of their own lengths. `shape` is `[]` for a scalar.
  ///
  /// - Throws: ``HDF5Error`` where something of that name is there, or where it cannot be written.
  public func write(_ path: String, strings: [String], shape: [Int]) throws {
    precondition(shape.reduce(1, *) == strings.count, "\(strings.count) strings for \(shape)")
    let type = withLibrary {
      Handle(spikec_h5_variable_string(H5T_CSET_UTF8, H5T_STR_NULLTERM))
    }
    guard let type else { throw child(path).error("the string type cannot be made") }
    try write(path, shape: shape, type: type.id) { dataset in
      withCStrings(strings) { pointers in
        let all = spikec_h5_everything()
        return H5Dwrite(dataset, type.id, all, all, spikec_h5_default(), pointers)
      }
    }
  }

  /// Gives the object at `existing` the second name `path`, without a copy.
  ///
  /// - Throws: ``HDF5Error`` where `existing` is not there, or something is at `path`.
  public func link(from existing: String, to path: String) throws {
    let group = try location.writable()
    try withLibrary {
      let parents = Handle(spikec_h5_making_parents())
      guard let parents,
        H5Lcreate_hard(
          group, existing, group, path, parents.id, spikec_h5_default()) >= 0
      else { throw child(path).failure("cannot be linked to \"\(existing)\"") }
    }
  }

  private func write(
    _ path: String, shape: [Int], type: hid_t, fill: (hid_t) -> herr_t
  ) throws {
    let group = try location.writable()
    try withLibrary {
      let space =
        shape.isEmpty
        ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), shape.map(hsize_t.init), nil)
      guard let space = Handle(space), let parents = Handle(spikec_h5_making_parents()),
        let creation = Handle(spikec_h5_untimed_creation(1)),
        let dataset = Handle(
          H5Dcreate2(
            group, path, type, space.id, parents.id, creation.id, spikec_h5_default())),
        fill(dataset.id) >= 0
      else { throw child(path).failure("the dataset cannot be written") }
    }
  }

  private func child(_ path: String) -> Location {
    location.at(path.hasPrefix("/") ? path : location.path(of: path))
  }
}
