import Foundation
import HDF5
import TestSupport
import Testing

struct WritingTests {
  @Test func whatIsWrittenIsRead() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("round.h5").path
      try write(to: path)
      let root = try HDF5File.open(path).root
      #expect(try root.children() == ["z", "a", "b"])
      #expect(try root.kind("z") == .group)
      #expect(try root.kind("a") == .dataset)
      let dataset = try root.dataset("z/deep/f32")
      #expect(dataset.shape == [2, 3] && dataset.elementType.description == "float32")
      #expect(try dataset.read(as: Float.self) == [1, -2, 3.5, 0, .infinity, 1e-30])
      #expect(try root.dataset("/b").read(as: Float.self) == [1, -2, 3.5, 0, .infinity, 1e-30])
      #expect(try root.dataset("a").shape == [])
      #expect(try root.dataset("a").read(as: Int64.self) == [.min])
      let group = try root.group("z")
      #expect(try group.dataset("i8").read(as: Int8.self) == [-128, 127])
      #expect(try group.dataset("i8").read(as: Int64.self) == [-128, 127])
      #expect(try group.dataset("u8").read(as: Int16.self) == [0, 255])
      #expect(try group.dataset("f64").read(as: Double.self) == [0.1])
      #expect(try group.dataset("none").read(as: Int32.self) == [])
      #expect(try group.dataset("text").readStrings() == ["", "grüße", "a\nb"])
      #expect(try group.dataset("one").readStrings() == ["IF"])
      #expect(try group.dataset("one").shape == [])
      #expect(try group.attributes.names() == ["list", "nothing", "version"])
      #expect(try group.attributes.string("version") == String(repeating: "é", count: 300_000))
      #expect(try group.attributes.strings("list") == ["conv1", "conv1_π"])
      #expect(try group.attributes.strings("nothing") == [])
    }
  }

  private func write(to path: String) throws {
    let file = try HDF5File.create(path)
    let root = file.root
    try root.write("z/deep/f32", [1, -2, 3.5, 0, .infinity, 1e-30] as [Float], shape: [2, 3])
    try root.write("a", [Int64.min], shape: [])
    try root.link(from: "z/deep/f32", to: "b")
    let group = try root.group("z")
    try group.write("i8", [-128, 127] as [Int8], shape: [2])
    try group.write("u8", [0, 255] as [UInt8], shape: [2])
    try group.write("f64", [0.1], shape: [1])
    try group.write("none", [] as [Int32], shape: [0, 4])
    try group.write("text", strings: ["", "grüße", "a\nb"], shape: [3])
    try group.write("one", strings: ["IF"], shape: [])
    try group.attributes.set("version", to: "1")
    try group.attributes.set("version", to: String(repeating: "é", count: 300_000))
    try group.attributes.set("list", to: ["conv1", "conv1_π"])
    try group.attributes.set("nothing", to: [])
    try file.flush()
  }

  @Test func equalDataGiveEqualFiles() throws {
    try withTemporaryFolder { folder in
      let paths = ["1.h5", "2.h5"].map { folder.appendingPathComponent($0) }
      try write(to: paths[0].path)
      Thread.sleep(forTimeInterval: 1.1)
      try write(to: paths[1].path)
      let contents = try paths.map { try Data(contentsOf: $0) }
      #expect(contents[0] == contents[1])
    }
  }

  @Test func nothingIsOverwrittenOrNarrowed() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("x.h5").path
      let file = try HDF5File.create(path)
      let root = file.root
      try root.write("x", [300] as [Int32], shape: [1])
      try root.write("y", [0.5] as [Float], shape: [1])
      try root.write("s", strings: ["x"], shape: [1])
      #expect(throws: HDF5Error.self) { try root.write("x", [1] as [Int32], shape: [1]) }
      #expect(throws: HDF5Error.self) { try root.createGroup("x/y") }
      #expect(throws: HDF5Error.self) { try root.link(from: "none", to: "other") }
      try file.flush()
      let stored = try HDF5File.open(path).root
      let narrow = try #require(throws: HDF5Error.self) {
        try stored.dataset("x").read(as: Int8.self)
      }
      #expect(narrow.description == "\(path): /x: expected numbers that fit Int8, it has int32")
      #expect(throws: HDF5Error.self) { try stored.dataset("y").read(as: Int64.self) }
      #expect(throws: HDF5Error.self) { try stored.dataset("s").read(as: Float.self) }
      #expect(throws: HDF5Error.self) { try stored.dataset("y").readStrings() }
    }
  }
}
