import CHDF5Snapshot
import Foundation
import TestSupport
import Testing

@testable import HDF5

/// The process that reads a corrupt file may write anything: nothing of it may trap here.
struct SnapshotTests {
  /// The records of a small file, as its process wrote them.
  private func records(of path: String) throws -> (records: [UInt8], file: Int, values: Int) {
    let files = try [#require(OpenFile.temporary()), #require(OpenFile.temporary())]
    let size = try #require(OpenFile(reading: path)).byteCount
    let process = withLibrary {
      spikec_h5_start(path, UInt64(size), 10, files[0].descriptor, files[1].descriptor)
    }
    #expect(spikec_h5_wait(process) == SPIKEC_H5_READ)
    let bytes = try #require(files[0].bytes(at: 0, count: files[0].byteCount))
    return (bytes, size, files[1].byteCount)
  }

  @Test func anyRecordsAreAccepted() throws {
    let path = StorageTests.folder.appendingPathComponent("user_block.h5").path
    let whole = StorageTests.folder.appendingPathComponent("storage.h5").path
    for path in [path, whole] {
      let (records, file, values) = try records(of: path)
      var refused = 0
      func read(_ bytes: [UInt8]) {
        switch StoredObject.read(bytes, fileByteCount: file, valueByteCount: values) {
        case .success(let objects): for object in objects { _ = object.data?.count }
        case .failure: refused += 1
        }
      }
      read(records)
      #expect(refused == 0)
      for end in stride(from: 0, to: records.count, by: max(1, records.count / 300)) {
        read(Array(records[..<end]))
      }
      var random = SplitMix64(state: 1)
      for _ in 0..<2000 {
        var bytes = records
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          bytes[Int.random(in: bytes.indices, using: &random)] = .random(
            in: 0...255, using: &random)
        }
        read(bytes)
      }
      #expect(refused > 300)
    }
  }
}
