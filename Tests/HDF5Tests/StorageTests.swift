import Foundation
import HDF5
import TestSupport
import Testing

/// Every type and layout in which HDF5 stores numbers and strings; Tests/Fixtures/hdf5/make.py
/// writes the files.
struct StorageTests {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/hdf5")

  private func root(_ name: String) throws -> HDF5Group {
    try HDF5File.open(StorageTests.folder.appendingPathComponent(name).path).root
  }

  @Test(arguments: [
    "<f2", "<f4", "<f8", ">f4", ">f8", "<i1", "<i2", "<i4", "<i8", ">i2", ">i8",
  ])
  func readsNumbers(_ type: String) throws {
    let dataset = try root("storage.h5").dataset("contiguous/\(type)")
    #expect(dataset.shape == [6, 4])
    #expect(try dataset.read(as: Float.self) == (-3...20).map { Float($0) })
    #expect(try dataset.read(as: Double.self) == (-3...20).map { Double($0) })
    if type.contains("i") {
      #expect(try dataset.read(as: Int64.self) == (-3...20).map { Int64($0) })
      #expect(throws: HDF5Error.self) { try dataset.read(as: UInt8.self) }
    } else {
      #expect(throws: HDF5Error.self) { try dataset.read(as: Int64.self) }
    }
  }

  @Test(arguments: ["<u1", "<u2", "<u4", "<u8", ">u4"])
  func readsUnsignedNumbers(_ type: String) throws {
    let dataset = try root("storage.h5").dataset("unsigned/\(type)")
    #expect(try dataset.read(as: Float.self) == (0...23).map { Float($0) })
    if type == "<u1" {
      #expect(try dataset.read(as: UInt8.self) == Array(0...23))
      #expect(try dataset.read(as: Int16.self) == Array(0...23))
    }
    if type == ">u4" { #expect(try dataset.read(as: Int64.self) == Array(0...23)) }
  }

  @Test(arguments: ["compact", "chunked", "deflated", "extensible"])
  func readsLayouts(_ layout: String) throws {
    let dataset = try root("storage.h5").dataset("layouts/\(layout)")
    #expect(try dataset.read(as: Float.self) == (-3...20).map { Float($0) })
  }

  @Test func readsUnusualExtents() throws {
    let layouts = try root("storage.h5").group("layouts")
    #expect(
      try layouts.dataset("unwritten").read(as: Float.self) == Array(repeating: 2.5, count: 24))
    #expect(try layouts.dataset("scalar").shape == [])
    #expect(try layouts.dataset("scalar").read(as: Float.self) == [7])
    #expect(try layouts.dataset("empty").shape == [0, 4])
    #expect(try layouts.dataset("empty").read(as: Float.self) == [])
    #expect(try layouts.dataset("null").read(as: Float.self) == [])
    #expect(try layouts.dataset("compound").elementType.kind == .other)
    #expect(throws: HDF5Error.self) { try layouts.dataset("compound").read(as: Float.self) }
  }

  @Test func readsLargeDatasetsInPieces() throws {
    let values = try root("storage.h5").dataset("layouts/large").read(as: Float.self)
    #expect(values.count == 6_000_000)
    let areRight = values.enumerated().allSatisfy { $1 == Float($0 / 100_000) }
    #expect(areRight)
  }

  @Test func readsStrings() throws {
    let texts = try root("storage.h5").group("texts")
    #expect(try texts.dataset("fixed").readStrings() == ["one", "", "three"])
    #expect(try texts.dataset("variable").readStrings() == ["one", "grüße", ""])
    #expect(try texts.dataset("deflated").readStrings() == ["one", "two"])
    #expect(try texts.dataset("padded").readStrings() == ["one", "two"])
    #expect(try texts.attributes.string("variable") == "grüße")
    #expect(try texts.attributes.string("fixed") == "one")
    #expect(try texts.attributes.strings("list") == ["one", "three"])
    #expect(try texts.attributes.strings("empty") == [])
    #expect(try texts.attributes.numbers("numbers", as: Float.self) == [1.5, -2])
    #expect(try texts.attributes.numbers("whole", as: Int32.self) == [-7])
    #expect(throws: HDF5Error.self) { try texts.attributes.strings("whole") }
  }

  @Test func followsLinks() throws {
    let root = try root("storage.h5")
    #expect(try root.dataset("again/scalar").read(as: Float.self) == [7])
    #expect(try root.dataset("layouts/up/layouts/up/soft").read(as: Float.self).count == 24)
    #expect(try root.children().contains("dangling"))
    #expect(!root.exists("dangling"))
  }

  @Test func staysInTheFile() throws {
    let root = try root("elsewhere.h5")
    for name in ["external", "raw", "virtual"] {
      let error = try #require(throws: HDF5Error.self) { try root.dataset(name) }
      #expect(error.message.contains("not followed"), "\(error)")
    }
  }

  @Test func skipsTheUsersOwnBlock() throws {
    #expect(
      try root("user_block.h5").dataset("x").read(as: Float.self) == (-3...20).map { Float($0) })
  }

  @Test func aFileIsEitherReadOrWritten() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("x.h5").path
      let file = try HDF5File.create(path)
      try file.root.write("a/x", [1, 2] as [Float], shape: [2])
      #expect(try file.root.kind("a/x") == .dataset)
      #expect(throws: HDF5Error.self) { try file.root.dataset("a/x") }
      #expect(throws: HDF5Error.self) { try file.root.children() }
      try file.flush()
      let again = try HDF5File.open(path)
      #expect(throws: HDF5Error.self) { try again.root.createGroup("b") }
      #expect(throws: HDF5Error.self) { try again.root.write("b", [1] as [Float], shape: [1]) }
      #expect(throws: HDF5Error.self) { try again.root.attributes.set("b", to: "c") }
    }
  }
}
