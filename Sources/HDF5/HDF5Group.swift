import CHDF5

/// A group of an HDF5 file. Paths given to its methods may have any depth (`"conv1/conv1_W:0"`) and
/// start at this group, or at the root where they begin with `/`.
///
/// The groups of a hostile file may form a cycle: who walks them bounds the depth.
public struct HDF5Group: Sendable {
  /// What a name in a group stands for.
  public enum Kind: Sendable {
    case group, dataset
    /// A named type.
    case other
  }

  let location: Location

  /// The path inside the file, from `/`.
  public var path: String { location.path }

  /// Its attributes.
  public var attributes: HDF5Attributes { HDF5Attributes(location: location) }

  /// The names in this group: in order of creation where the file keeps it, else in that of the names.
  ///
  /// - Throws: ``HDF5Error`` where the group is corrupt, and where the file is being written.
  public func children() throws -> [String] {
    let object = try location.stored().object
    if let reason = object.linksFailure {
      throw location.error("its links cannot be read: corrupt file\(reason)")
    }
    return object.names
  }

  /// Whether `path` leads to a group or dataset of this file.
  public func exists(_ path: String) -> Bool {
    (try? open(path)) != nil
  }

  /// What `path` leads to.
  ///
  /// - Throws: ``HDF5Error`` where nothing of that name is there.
  public func kind(_ path: String) throws -> Kind {
    kind(of: try open(path))
  }

  /// The group at `path`.
  ///
  /// - Throws: ``HDF5Error`` where nothing of that name is there, or no group.
  public func group(_ path: String) throws -> HDF5Group {
    let target = try open(path)
    guard kind(of: target) == .group else { throw target.error("is not a group") }
    return HDF5Group(location: target)
  }

  /// The dataset at `path`.
  ///
  /// - Throws: ``HDF5Error`` where nothing of that name is there, where it is no dataset, where its
  ///   data lie outside the file, where they are corrupt or cannot be in a file of this size, and
  ///   where the file is being written.
  public func dataset(_ path: String) throws -> HDF5Dataset {
    try HDF5Dataset(location: try open(path))
  }

  private func kind(of target: Location) -> Kind {
    switch target.object {
    case .stored(let snapshot, let number): return snapshot.objects[number].kind
    case .written(let handle):
      let type = withLibrary { H5Iget_type(handle.id) }
      return type == H5I_GROUP ? .group : type == H5I_DATASET ? .dataset : .other
    }
  }

  /// Follows `path` link by link, so that an error can say where it ends.
  private func open(_ path: String) throws -> Location {
    var here = path.hasPrefix("/") ? try root() : location
    for name in path.split(separator: "/").map(String.init) {
      guard kind(of: here) == .group else { throw here.error("is not a group") }
      here = try step(from: here, to: name)
    }
    return here
  }

  private func root() throws -> Location {
    switch location.object {
    case .stored(let snapshot, _): location.at("/", .stored(snapshot, 0))
    case .written: try openWritten("/", in: location, path: "/")
    }
  }

  private func step(from group: Location, to name: String) throws -> Location {
    guard case .stored(let snapshot, let number) = group.object else {
      return try openWritten(name, in: group, path: group.path(of: name))
    }
    let object = snapshot.objects[number]
    switch object.targets[name] {
    case .object(let target): return group.at(group.path(of: name), .stored(snapshot, target))
    case .outside:
      throw group.error("\"\(name)\" is a link into another file: not followed")
    case .broken(let reason): throw group.error("\"\(name)\" cannot be opened\(reason)")
    case nil:
      let reason = object.linksFailure.map { ": its links cannot be read: corrupt file\($0)" }
      throw group.error("nothing is called \"\(name)\" in it\(reason ?? contents(object))")
    }
  }

  private func openWritten(_ name: String, in group: Location, path: String) throws -> Location {
    let id = try group.writable()
    return try withLibrary {
      guard let handle = Handle(H5Oopen(id, name, spikec_h5_default())) else {
        throw group.failure("\"\(name)\" cannot be opened")
      }
      return group.at(path, .written(handle))
    }
  }

  private func contents(_ object: StoredObject) -> String {
    guard !object.names.isEmpty else { return ": it is empty" }
    let some = object.names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
    return ": it has \(some)" + (object.names.count > 8 ? ", ..." : "")
  }
}
