import HDF5

/// What a walk over a file met.
struct Seen {
  var values = 0
  var failures: [String] = []
}

/// Reads every attribute and dataset under `group`. The groups of a corrupt file can form cycles,
/// whence the bounds on depth and number.
func readEverything(_ group: HDF5Group, depth: Int = 0) throws -> Seen {
  var seen = Seen()
  readAttributes(group.attributes, path: group.path, into: &seen)
  for name in try group.children() where depth < 8 && seen.values < 100_000 {
    do {
      if try group.kind(name) == .group {
        let inner = try readEverything(group.group(name), depth: depth + 1)
        seen.values += inner.values
        seen.failures += inner.failures
      } else {
        let dataset = try group.dataset(name)
        readAttributes(dataset.attributes, path: dataset.path, into: &seen)
        switch dataset.elementType.kind {
        case .fixedString, .variableString: seen.values += try dataset.readStrings().count
        default: seen.values += try dataset.read(as: Float.self).count
        }
      }
    } catch { seen.failures.append("\(error)") }
  }
  return seen
}

private func readAttributes(_ attributes: HDF5Attributes, path: String, into seen: inout Seen) {
  do {
    for name in try attributes.names() {
      do { seen.values += try attributes.strings(name).count } catch {
        do { seen.values += try attributes.numbers(name, as: Double.self).count } catch {
          seen.failures.append("\(error)")
        }
      }
    }
  } catch { seen.failures.append("\(error)") }
}
