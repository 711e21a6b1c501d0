import Foundation
import HDF5
import TestSupport
import Testing

/// A corrupt file gives an error, or what its intact parts hold; it never ends the process.
@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct CorruptFileTests {
  static let models = [
    "mnist_avgpool_tiny_keras224.h5", "tinycnn_keras112_cfgonly.h5", "sepconv_keras213.h5",
    "conv_reshape_keras213_theano.h5", "mtcnn_pnet_prelu_keras220.h5",
  ]

  @Test(arguments: models)
  func truncatedFilesAreRefused(_ model: String) throws {
    let intact = try Data(contentsOf: URL(fileURLWithPath: SharedFiles.path("models/\(model)")))
    try withTemporaryFolder { folder in
      let cut = folder.appendingPathComponent("cut.h5")
      for part in 0..<24 {
        try intact.prefix(intact.count * part / 24).write(to: cut)
        let error = try #require(throws: HDF5Error.self) { try HDF5File.open(cut.path) }
        #expect(error.file == cut.path && !error.message.isEmpty)
      }
    }
  }

  @Test(arguments: models)
  func flippedBytesNeverCrash(_ model: String) throws {
    let intact = try Data(contentsOf: URL(fileURLWithPath: SharedFiles.path("models/\(model)")))
    var random = SplitMix64(state: UInt64(intact.count))
    try withTemporaryFolder { folder in
      let flipped = folder.appendingPathComponent("flipped.h5")
      for _ in 0..<80 {
        var bytes = intact
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          // Structure, rather than weights, mostly lies in front.
          let end = Bool.random(using: &random) ? bytes.count : min(bytes.count, 8000)
          let value = UInt8.random(in: 0...255, using: &random)
          bytes[Int.random(in: 0..<end, using: &random)] = Bool.random(using: &random) ? value : 255
        }
        try bytes.write(to: flipped)
        do { _ = try readEverything(HDF5File.open(flipped.path).root) } catch is HDF5Error {}
      }
    }
  }
}

/// Sebastiano Vigna's generator: the same bytes in each run.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
