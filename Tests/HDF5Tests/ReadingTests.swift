import Foundation
import HDF5
import TestSupport
import Testing

@Suite(.enabled(if: SharedFiles.areThere, SharedFiles.reason))
struct ReadingTests {
  static let models = SharedFiles.names(in: "models", suffix: ".h5").filter {
    $0 != "neg_html_page_named.h5" && !$0.hasPrefix("vgg16")
  }

  @Test(arguments: models)
  func everyObjectOfStrangersFilesReads(_ model: String) throws {
    let file = try HDF5File.open(SharedFiles.path("models/\(model)"))
    let seen = try readEverything(file.root)
    #expect(seen.values > 0)
    #expect(seen.failures == [])
  }

  @Test func kerasAttributesAreStrings() throws {
    let root = try HDF5File.open(SharedFiles.path("models/vgg_mini_cifar10.h5")).root
    let config = try root.attributes.string("model_config")
    _ = try JSONSerialization.jsonObject(with: Data(config.utf8))
    #expect(root.attributes.exists("keras_version"))
    #expect(!root.attributes.exists("no such attribute"))

    let weights = try root.group("model_weights")
    let layers = try weights.attributes.strings("layer_names")
    #expect(!layers.isEmpty)
    for layer in layers {
      let group = try weights.group(layer)
      for name in try group.attributes.strings("weight_names") {
        let dataset = try group.dataset(name)
        let values = try dataset.read(as: Float.self)
        #expect(values.count == dataset.shape.reduce(1, *))
        #expect(!values.contains { !$0.isFinite })
        #expect(dataset.elementType.description == "float32")
      }
    }
  }

  @Test func errorsSayWhatIsThere() throws {
    let root = try HDF5File.open(SharedFiles.path("models/vgg_mini_cifar10.h5")).root
    #expect(root.exists("model_weights") && !root.exists("model_weights/none/at/all"))
    let missing = try #require(throws: HDF5Error.self) { try root.group("model_wieghts") }
    #expect(missing.message.contains("\"model_wieghts\""))
    #expect(missing.message.contains("\"model_weights\""))
    let notDataset = try #require(throws: HDF5Error.self) { try root.dataset("model_weights") }
    #expect(notDataset.object == "/model_weights")
    #expect(notDataset.message == "is not a dataset")
  }

  @Test func aWebPageIsNotHDF5() throws {
    let path = SharedFiles.path("models/neg_html_page_named.h5")
    let error = try #require(throws: HDF5Error.self) { try HDF5File.open(path) }
    #expect(error.message.hasPrefix("not an HDF5 file"))
    #expect(error.file == path)
  }
}

@Test func whatIsNoFileIsNotOpened() throws {
  try withTemporaryFolder { folder in
    let absent = folder.appendingPathComponent("absent.h5").path
    let noFile = try #require(throws: HDF5Error.self) { try HDF5File.open(absent) }
    #expect(noFile.message == "no such file")
    let noDirectory = try #require(throws: HDF5Error.self) { try HDF5File.open(folder.path) }
    #expect(noDirectory.message.contains("directory"))
    let empty = folder.appendingPathComponent("empty.h5")
    try Data().write(to: empty)
    #expect(throws: HDF5Error.self) { try HDF5File.open(empty.path) }
    #expect(throws: HDF5Error.self) { try HDF5File.create(absent + "/under/a/file.h5") }
  }
}
