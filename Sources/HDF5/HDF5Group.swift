import CHDF5

/// A group of an HDF5 file. Paths given to its methods may have any depth (`"conv1/conv1_W:0"`) and
/// start at this group, or at the root where they begin with `/`.
///
/// The groups of a hostile file may form a cycle: who walks them bounds the depth.
public struct HDF5Group: Sendable {
  /// What a name in a group stands for.
  public enum Kind: Sendable {
    case group, dataset
    /// A named type, or a link that leads nowhere inside this file.
    case other
  }

  let location: Location

  /// The path inside the file, from `/`.
  public var path: String { location.path }

  /// Its attributes.
  public var attributes: HDF5Attributes { HDF5Attributes(location: location) }

  /// The names in this group: in order of creation where the file keeps it, else in that of the names.
  ///
  /// - Throws: ``HDF5Error`` where the group is corrupt.
  public func children() throws -> [String] {
    try withLibrary {
      let names = collectNames { spikec_h5_visit_links(location.id, $0, $1) }
      guard let names else { throw location.failure("its links cannot be read: corrupt file") }
      return names
    }
  }

  /// Whether `path` leads to a group or dataset of this file.
  public func exists(_ path: String) -> Bool {
    (try? open(path)) != nil
  }

  /// What `path` leads to.
  ///
  /// - Throws: ``HDF5Error`` where nothing of that name is there.
  public func kind(_ path: String) throws -> Kind {
    let target = try open(path)
    return withLibrary {
      switch H5Iget_type(target.id) {
      case H5I_GROUP: .group
      case H5I_DATASET: .dataset
      default: .other
      }
    }
  }

  /// The group at `path`.
  ///
  /// - Throws: ``HDF5Error`` where nothing of that name is there, or no group.
  public func group(_ path: String) throws -> HDF5Group {
    let target = try open(path)
    guard withLibrary({ H5Iget_type(target.id) }) == H5I_GROUP else {
      throw target.error("is not a group")
    }
    return HDF5Group(location: target)
  }

  /// The dataset at `path`.
  ///
  /// - Throws: ``HDF5Error`` where nothing of that name is there, where it is no dataset, where its
  ///   data lie outside the file, and where they cannot be in a file of this size.
  public func dataset(_ path: String) throws -> HDF5Dataset {
    let target = try open(path)
    guard withLibrary({ H5Iget_type(target.id) }) == H5I_DATASET else {
      throw target.error("is not a dataset")
    }
    return try HDF5Dataset(location: target)
  }

  /// Follows `path` link by link, so that an error can say where it ends.
  private func open(_ path: String) throws -> Location {
    try withLibrary {
      var here = path.hasPrefix("/") ? try step(from: location, to: "/", path: "/") : location
      for name in path.split(separator: "/").map(String.init) {
        guard H5Iget_type(here.id) == H5I_GROUP else { throw here.error("is not a group") }
        here = try step(from: here, to: name, path: here.path(of: name))
      }
      return here
    }
  }

  private func step(from group: Location, to name: String, path: String) throws -> Location {
    if name != "/" {
      switch spikec_h5_link_type(group.id, name) {
      case H5L_TYPE_HARD, H5L_TYPE_SOFT: break
      case H5L_TYPE_EXTERNAL:
        throw group.error("\"\(name)\" is a link into another file: not followed")
      default: throw group.error("nothing is called \"\(name)\" in it\(contents(of: group))")
      }
    }
    guard let handle = Handle(H5Oopen(group.id, name, spikec_h5_default())) else {
      throw group.failure("\"\(name)\" cannot be opened")
    }
    return Location(
      file: group.file, fileByteCount: group.fileByteCount, path: path, handle: handle)
  }

  private func contents(of group: Location) -> String {
    guard let names = try? HDF5Group(location: group).children() else { return "" }
    guard !names.isEmpty else { return ": it is empty" }
    let some = names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
    return ": it has \(some)" + (names.count > 8 ? ", ..." : "")
  }
}

/// The names that a visiting function of libhdf5 gives, or nil where it fails.
func collectNames(
  _ visit: (spikec_h5_name_visitor, UnsafeMutableRawPointer) -> herr_t
) -> [String]? {
  var names: [String] = []
  let status = withUnsafeMutablePointer(to: &names) { list in
    visit(
      { name, list in
        guard let name, let list else { return }
        list.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
      }, UnsafeMutableRawPointer(list))
  }
  return status < 0 ? nil : names
}
