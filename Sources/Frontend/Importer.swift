import HDF5
import SpikeIR

/// What the user says about a model that the file does not.
public struct ImportOptions: Sendable {
  /// The shape of one input sample in the model's own layout, without the batch dimension; needed
  /// where the model leaves extents open (`None`).
  public var inputShape: [Int]?

  /// Options; by default the file says everything.
  public init(inputShape: [Int]? = nil) { self.inputShape = inputShape }
}

/// A trained network as it was saved, as a graph of the analog stage.
public struct ImportedModel: Sendable {
  /// The network, verified. Its input and outputs have the shapes that the model gives them.
  public var graph: Graph
  /// What saved the file, such as `Keras 2.4.0 (tensorflow)`.
  public var producer: String
  /// What the user should know although the model could be read.
  public var warnings: [Diagnostic]
}

/// Reads trained networks: Keras' `.h5` and `.keras`, and ONNX.
public enum Importer {
  /// Reads the model at `path`; the file's first bytes, not its name, tell its form.
  ///
  /// - Throws: a `Diagnostic` that names the file, and the layer where one is at fault.
  public static func load(
    path: String, options: ImportOptions = ImportOptions()
  ) throws(Diagnostic) -> ImportedModel {
    do {
      switch try FileSignature(ofFile: path) {
      case .hdf5: return try KerasImporter.load(try KerasFile(path: path), options: options)
      case .zip: return try KerasImporter.load(try KerasFile(archive: path), options: options)
      case .protobuf: return try OnnxImporter.load(path: path, options: options)
      case let other: throw other.refusal
      }
    } catch let diagnostic as Diagnostic {
      throw diagnostic.inFile(path)
    } catch let error as HDF5Error {
      let place = error.object.isEmpty ? "" : "\(error.object): "
      throw Diagnostic(place + error.message, file: path)
    } catch {
      throw Diagnostic("\(error)", file: path)
    }
  }
}
