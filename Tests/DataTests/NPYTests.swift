import Foundation
import SpikeData
import TestSupport
import Testing

struct NPYTests {
  /// Files as numpy 2 writes them, and by hand what it writes no longer.
  static let files: [(String, header: String, data: [UInt8], NDArray)] = [
    (
      "little-endian", "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }",
      [1, 0, 254, 255],
      NDArray(shape: [2], elementType: .int16, bytes: [1, 0, 254, 255])
    ),
    (
      "big-endian", "{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", [0, 1, 255, 254],
      NDArray(shape: [2], elementType: .int16, bytes: [1, 0, 254, 255])
    ),
    (
      "column-major", "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }",
      [1, 4, 2, 5, 3, 6], NDArray([1, 2, 3, 4, 5, 6] as [UInt8], shape: [2, 3])
    ),
    (
      "scalar", "{\"shape\": (), \"fortran_order\": True, \"descr\": \"|b1\"}", [1],
      NDArray(shape: [], elementType: .bool, bytes: [1])
    ),
    (
      "long", "{'descr': 'u1', 'fortran_order': False, 'shape': (1L, 0L)}\n", [],
      NDArray([] as [UInt8], shape: [1, 0])
    ),
  ]

  @Test(arguments: files.indices, [1, 2, 3] as [UInt8])
  func read(_ index: Int, version: UInt8) throws {
    let (_, header, data, expected) = Self.files[index]
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.npy")
      try npy(header, data, version: version).write(to: path)
      #expect(try NPYFile.read(path.path) == expected)
    }
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", "8 bytes"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "8 bytes"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", "64 GiB"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "malformed"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "malformed"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", "malformed"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}", "malformed"),
    ("{'descr': '<f4', 'fortran_order': False}", "malformed"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + exit()", "malformed"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "malformed"),
    ("", "malformed"),
    ("{'descr': '<c16', 'fortran_order': False, 'shape': (2,)}", "float32"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", "\"|O\""),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", "records"),
  ])
  func refuse(_ header: String, because part: String) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.npy")
      try npy(header, [UInt8](repeating: 0, count: 8)).write(to: path)
      let error = try #require(throws: DataError.self) { try NPYFile.read(path.path) }
      #expect(error.message.contains(part))
      #expect(error.file == path.path)
    }
  }

  @Test(arguments: NDArray.ElementType.allCases)
  func whatIsWrittenIsRead(_ type: NDArray.ElementType) throws {
    let bytes = (0..<6 * type.byteCount).map { UInt8($0 % 2) }
    try withTemporaryFolder { folder in
      for shape in [[6], [2, 3], [1, 1, 6]] {
        let array = NDArray(shape: shape, elementType: type, bytes: bytes)
        let path = folder.appendingPathComponent("a.npy").path
        try NPYFile.write(array, to: path)
        #expect(try NPYFile.read(path) == array)
      }
    }
  }

  @Test func truncatedFilesAreRefused() throws {
    let whole = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", [UInt8](0..<8))
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.npy")
      for length in whole.indices {
        try whole.prefix(length).write(to: path)
        #expect(throws: DataError.self) { try NPYFile.read(path.path) }
      }
      #expect(throws: DataError.self) { try NPYFile.read(folder.path) }
      #expect(throws: DataError.self) { try NPYFile.read(folder.path + "/absent.npy") }
    }
  }

  @Test func numbersConvert() {
    let half = NDArray(
      shape: [3, 2], elementType: .float16,
      bytes: [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b, 0x00, 0x7c, 0x00, 0x80])
    #expect(half.floats() == [1, -2, 0x1p-24, 65504, .infinity, -0])
    #expect(half.floats(rows: 1..<2) == [0x1p-24, 65504])
    #expect(half.integers() == nil)
    let floats = NDArray([1, 2, 3, 4.5], shape: [2, 2])
    #expect(floats.floats(rows: 1..<2) == [3, 4.5])
    #expect(floats.integers() == nil)
    #expect(NDArray([1, 2], shape: [2]).integers() == [1, 2])
    #expect(NDArray([-1, 1 << 40], shape: [2]).floats() == [-1, 0x1p40])
  }
}

/// The bytes of an `.npy`.
func npy(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> Data {
  let length = header.utf8.count
  let sizes = version == 1 ? 2 : 4
  let bytes = (0..<sizes).map { UInt8(length >> (8 * $0) & 255) }
  return Data([0x93] + Array("NUMPY".utf8) + [version, 0] + bytes + Array(header.utf8) + data)
}
