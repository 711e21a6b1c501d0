/// How a frame of levels of 16 bits may be split into low bytes and lists of high ones; see
/// `spikec_split.h`.
struct CSplit {
  private let height: Int
  private let width: Int
  /// The quads of a pixel.
  private let quads: Int
  /// The quads of a window.
  private let windowQuads: Int

  /// As `spikec_split_lanes`.
  private static let lanes = 16

  /// Nil where pixels do not begin with a quad, or where quads cannot be numbered with 16 bits.
  init?(height: Int, width: Int, channels: Int, taps: Int) {
    (self.height, self.width, quads) = (height, width, channels / CPacking.quad)
    windowQuads = taps * quads
    let limit = Int(UInt16.max)
    guard channels % CPacking.quad == 0, width * quads <= limit, windowQuads <= limit else {
      return nil
    }
  }

  /// Where the lists begin, in bytes.
  private var lists: Int { height * width * quads * CPacking.quad + CPacking.quad }

  /// As `spikec_row_of_split`.
  private var rowBytes: Int {
    let size = (width * quads + CSplit.lanes) * 6 + (width + 2) / 2 * 4
    return (size + 3) / 4 * 4
  }

  /// The levels of 16 bits that take as much memory.
  var count: Int { (lists + height * rowBytes) / 2 }

  /// What a window's joined lists take, in bytes: as `spikec_split_room`, of both kinds.
  var stack: Int { 8 * (windowQuads + CSplit.lanes) }

  /// The initialiser of a `spikec_split`.
  var initializer: String { "{\(width), \(quads), \(lists)}" }
}
