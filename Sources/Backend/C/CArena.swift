/// Memory that values share: a value has its place from where it is computed to its last use.
struct CArena {
  /// One value's place.
  private struct Place {
    let bytes: Int
    let life: ClosedRange<Int>
    let offset: Int
  }

  private var places: [Place] = []
  /// Every place begins at a multiple of this many bytes: a cache line.
  private static let alignment = 64

  /// The size of all that is there at once, where it is most.
  var bytes: Int { places.map { $0.offset + $0.bytes }.max() ?? 0 }

  /// Reserves `bytes` for a life, counted in statements, at the lowest offset that is free all the
  /// while. Returns the offset.
  mutating func reserve(_ bytes: Int, _ life: ClosedRange<Int>) -> Int {
    let size = (bytes + CArena.alignment - 1) / CArena.alignment * CArena.alignment
    let taken = places.filter { $0.life.overlaps(life) }.sorted { $0.offset < $1.offset }
    var offset = 0
    for place in taken {
      if offset + size <= place.offset { break }
      offset = max(offset, place.offset + place.bytes)
    }
    places.append(Place(bytes: size, life: life, offset: offset))
    return offset
  }
}
