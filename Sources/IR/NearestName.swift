extension String {
  /// The candidate that differs least from this name, if it is near enough to be a slip.
  public func nearest(in candidates: [String]) -> String? {
    let ranked = candidates.map { (name: $0, distance: distance(to: $0)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(2, count / 3) ? best.name : nil
  }

  /// The number of insertions, deletions and substitutions between two names (Levenshtein).
  private func distance(to other: String) -> Int {
    let (a, b) = (Array(lowercased().prefix(64)), Array(other.lowercased().prefix(64)))
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let substituted = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = Swift.min(substituted, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }
}
