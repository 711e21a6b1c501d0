import Foundation
import SpikeData
import TestSupport
import Testing

struct NPZTests {
  static let x = NDArray((0..<240).map { UInt8($0 % 7) }, shape: [10, 4, 6])
  static let y = NDArray((0..<10).map { $0 % 3 }, shape: [10])

  @Test func whatIsWrittenIsRead() throws {
    try withTemporaryFolder { folder in
      let paths = ["a.npz", "b.npz"].map { folder.appendingPathComponent($0).path }
      for path in paths { try NPZArchive.write([("x", Self.x), ("ÿ/y", Self.y)], to: path) }
      let archive = try NPZArchive(paths[0])
      #expect(archive.names == ["x", "ÿ/y"])
      #expect(try archive.array(named: "x") == Self.x)
      #expect(try archive.array(named: "ÿ/y") == Self.y)
      let contents = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
      #expect(contents[0] == contents[1])
      let absent = try #require(throws: DataError.self) { try archive.array(named: "z") }
      #expect(absent.description == "\(paths[0]): z: no such array; there are x, ÿ/y")
      // In place of what is there, and only as a whole.
      try NPZArchive.write([("z", Self.y)], to: paths[0])
      #expect(try NPZArchive(paths[0]).names == ["z"])
      #expect(throws: DataError.self) { try NPZArchive.write([], to: paths[0] + "/c.npz") }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
    }
  }

  @Test func corruptFilesNeverCrash() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.npz")
      try NPZArchive.write([("x", Self.x), ("y", Self.y)], to: path.path)
      let intact = try Data(contentsOf: path)
      for length in intact.indices {
        try intact.prefix(length).write(to: path)
        #expect(throws: DataError.self) { try LabelledData.load(path.path) }
      }
      for index in intact.indices {
        for flip in [1, 0x80, 0xff] as [UInt8] {
          var bytes = intact
          bytes[index] ^= flip
          try bytes.write(to: path)
          // What is read nonetheless is what was written: the check sums say so.
          guard let archive = try? NPZArchive(path.path) else { continue }
          if let x = try? archive.array(named: "x") { #expect(x == Self.x) }
          if let y = try? archive.array(named: "y") { #expect(y == Self.y) }
        }
      }
    }
  }

  @Test(
    .enabled(if: SharedFiles.areThere, SharedFiles.reason),
    arguments: [
      ("cifar10_calibration", [1000, 32, 32, 3]), ("cifar10_test", [3000, 32, 32, 3]),
      ("mnist_calibration", [1000, 28, 28]), ("mnist_test", [10000, 28, 28]),
    ])
  func numpyFiles(_ name: String, shape: [Int]) throws {
    let data = try LabelledData.load(SharedFiles.path("data/\(name).npz"))
    #expect(data.inputs.shape == shape)
    #expect(data.inputs.elementType == .uint8)
    let labels = try #require(data.labels)
    #expect(labels.count == shape[0])
    #expect(Set(labels) == Set(0..<10))
    let row = data.inputs.floats(rows: 7..<8)
    #expect(row.count == shape.dropFirst().reduce(1, *))
    #expect(row == data.inputs.bytes[7 * row.count..<8 * row.count].map(Float.init))
  }
}

struct LabelledDataTests {
  @Test(arguments: [
    (["x", "y", "data"], "x", true), (["y", "images", "data"], "images", true),
    (["labels", "data"], "data", true), (["arr_0", "targets"], "arr_0", true),
    (["pictures"], "pictures", false),
  ])
  func arraysAreFoundByName(_ names: [String], inputs: String, hasLabels: Bool) throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.npz").path
      let arrays = names.map { name in
        let isLabels = ["y", "labels", "targets"].contains(name)
        return (name, isLabels ? NPZTests.y : name == inputs ? NPZTests.x : NPZTests.y)
      }
      try NPZArchive.write(arrays, to: path)
      let data = try LabelledData.load(path)
      #expect(data.inputs == NPZTests.x)
      #expect((data.labels != nil) == hasLabels)
    }
  }

  @Test func oneArrayAloneHasNoLabels() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.npy").path
      try NPYFile.write(NPZTests.x, to: path)
      let data = try LabelledData.load(path)
      #expect(data.inputs == NPZTests.x)
      #expect(data.labels == nil)
    }
  }

  static let unfit: [(String, [(String, NDArray)], String)] = [
    ("empty", [("x", NDArray([] as [Float], shape: [0, 3]))], "one row or more"),
    ("scalar", [("x", NDArray([1] as [Float], shape: []))], "one row or more"),
    ("ambiguous", [("a", NPZTests.x), ("b", NPZTests.x)], "there are: a, b"),
    ("no inputs", [("y", NPZTests.y)], "there are: y"),
    ("short labels", [("x", NPZTests.x), ("y", NDArray([1, 2], shape: [2]))], "expected [10]"),
    (
      "fractions",
      [("x", NPZTests.x), ("y", NDArray([Float](repeating: 0.5, count: 10), shape: [10]))],
      "whole numbers"
    ),
  ]

  @Test(arguments: unfit.indices)
  func unfitDataAreRefused(_ index: Int) throws {
    let (_, arrays, part) = Self.unfit[index]
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.npz").path
      try NPZArchive.write(arrays, to: path)
      let error = try #require(throws: DataError.self) { try LabelledData.load(path) }
      #expect(error.message.contains(part))
    }
  }
}
