import Foundation
import SpikeData
import TestSupport
import Testing

/// The C runtime's reader of `.npy` and `.npz`, alone and under sanitizers.
@Suite struct ArrayReaderTests {
  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  private static let runtime = sources.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/Backend/C/Runtime").path

  private func build(in folder: URL, extra: [String] = ["-DSPIKEC_ZLIB", "-lz"]) throws {
    let toolchain = Toolchain.all[0]
    let result = try ProcessResult(
      [toolchain.compiler, "-std=c99"] + toolchain.flags + Toolchain.warnings + [
        "-I", Self.runtime, "-o", "read", "\(Self.sources.path)/C/read_arrays.c",
        "\(Self.runtime)/spikec_npz.c",
      ] + extra, in: folder)
    #expect(result.status == 0, "\(result.error)")
  }

  private func read(_ files: [URL], in folder: URL) throws -> [String] {
    let result = try ProcessResult(["./read"] + files.map(\.path), in: folder)
    #expect(result.status == 0 && result.error == "", "\(result.error)")
    return result.output.split(separator: "\n").map(String.init)
  }

  /// Bytes of every element type that are the numbers 0 to 5 less 2 where it has a sign.
  private func array(_ type: NDArray.ElementType) -> NDArray {
    let low = [.bool, .uint8].contains(type) ? 0 : -2
    let bytes = (0..<6).flatMap { i -> [UInt8] in
      let value = low + i
      func little<T: BitwiseCopyable>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value) { [UInt8]($0) }
      }
      switch type {
      case .bool: return [i > 0 ? 1 : 0]
      case .uint8: return [UInt8(value)]
      case .int8: return little(Int8(value))
      case .int16: return little(Int16(value))
      case .int32: return little(Int32(value))
      case .int64: return little(Int64(value))
      case .float16: return [0, 0]
      case .float32: return little(Float(value) + 0.5)
      case .float64: return little(Double(value) + 0.5)
      }
    }
    return NDArray(shape: [3, 2], elementType: type, bytes: bytes)
  }

  @Test func readsEveryType() throws {
    let sums: [NDArray.ElementType: String] = [
      .bool: "5", .uint8: "15", .int8: "3", .int16: "3", .int32: "3", .int64: "3",
      .float32: "6", .float64: "6",
    ]
    try withTemporaryFolder { folder in
      try build(in: folder)
      for type in NDArray.ElementType.allCases {
        let npy = folder.appendingPathComponent("a.npy")
        let npz = folder.appendingPathComponent("a.npz")
        let other = NDArray([UInt8](0..<9), shape: [9])
        try NPYFile.write(array(type), to: npy.path)
        try NPZArchive.write([("y", other), ("x", array(type)), ("z", other)], to: npz.path)
        let said = try read([npy, npz], in: folder)
        let expected = sums[type].map { "3 x 2: \($0)" } ?? "holds no little-endian"
        #expect(said.count == 2 && said.allSatisfy { $0.hasPrefix(expected) }, "\(type): \(said)")
      }
    }
  }

  @Test(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
  func readsWhatNumpyDeflated() throws {
    let path = SharedFiles.path("data/mnist_calibration.npz")
    let sum = try LabelledData.load(path).inputs.floats().reduce(0.0) { $0 + Double($1) }
    try withTemporaryFolder { folder in
      let file = URL(fileURLWithPath: path)
      try build(in: folder)
      let said = try read([file], in: folder)[0].split(separator: " ")
      #expect(said.prefix(3) == ["1000", "x", "784:"] && said.last.flatMap { Double($0) } == sum)
      try build(in: folder, extra: [])
      #expect(try read([file], in: folder)[0].contains("build with zlib"))
    }
  }

  /// Files with damaged bytes, and cut off: an error or other numbers, but no other harm.
  @Test(arguments: 0..<8) func survivesDamage(_ seed: UInt64) throws {
    var numbers = Numbers(seed: seed)
    try withTemporaryFolder { folder in
      try build(in: folder)
      let base = folder.appendingPathComponent("base.npz")
      let x = array(.int32)
      if seed % 2 == 0 {
        try NPZArchive.write([("x", x), ("y", array(.uint8))], to: base.path)
      } else {
        try NPYFile.write(x, to: base.path)
      }
      let good = [UInt8](try Data(contentsOf: base))
      let files = try (0..<150).map { n -> URL in
        var bytes = good
        for _ in 0...numbers.next() % 3 {
          bytes[Int(numbers.next()) % bytes.count] = UInt8(truncatingIfNeeded: numbers.next())
        }
        if n % 3 == 0 { bytes.removeLast(Int(numbers.next()) % bytes.count) }
        let file = folder.appendingPathComponent("\(n)")
        try Data(bytes).write(to: file)
        return file
      }
      #expect(try read(files, in: folder).count == files.count)
      #expect(try read([base], in: folder) == ["3 x 2: 3"])
    }
  }

  @Test func saysWhatIsWrong() throws {
    try withTemporaryFolder { folder in
      try build(in: folder)
      func said(_ bytes: [UInt8]) throws -> String {
        let file = folder.appendingPathComponent("file")
        try Data(bytes).write(to: file)
        return try read([file], in: folder)[0]
      }
      func npy(_ header: String) throws -> String {
        let length = UInt8(header.utf8.count)
        return try said([0x93] + Array("NUMPY".utf8) + [1, 0, length, 0] + Array(header.utf8))
      }
      #expect(try said([]) == "is no .npy array")
      #expect(try said(Array("PK\u{3}\u{4} and no more".utf8)) == "is a damaged archive")
      #expect(try npy("{'descr': '<i4'}") == "has a damaged .npy header")
      let start = "{'descr': '<i4', 'fortran_order': "
      #expect(try npy(start + "True, 'shape': (0,)}").contains("Fortran"))
      for shape in ["(99999999999, 99999999999)", "(4)", "(-1,)", "()", "(1, 0, 7", "(1, 2"] {
        #expect(
          try npy(start + "False, 'shape': \(shape)}").contains("impossible shape"), "\(shape)")
      }
      #expect(try npy(start + "False, 'shape': (0, 3), }") == "0 x 0: 0")
      #expect(try read([folder.appendingPathComponent("none")], in: folder) == ["cannot be opened"])
      #expect(try read([folder], in: folder) == ["is no .npy array"])
    }
  }
}
