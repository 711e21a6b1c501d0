import HDF5
import SpikeIR

/// What the user says about a model that the file does not.
public struct ImportOptions: Sendable {
  /// The shape of one input sample in the model's own layout, without the batch dimension; needed
  /// where the model leaves extents open (`None`).
  public var inputShape: [Int]?
  /// The length of a timestep in seconds, which the time constants of NIR are compared with.
  public var timeStep: Double?

  /// Options; by default the file says everything.
  public init(inputShape: [Int]? = nil, timeStep: Double? = nil) {
    self.inputShape = inputShape
    self.timeStep = timeStep
  }
}

/// A network as it was saved: a trained one as a graph of the analog stage, a spiking one as a graph of
/// the spiking stage with float weights.
public struct ImportedModel: Sendable {
  /// The network, verified. Its input and outputs have the shapes that the model gives them.
  public var graph: Graph
  /// What saved the file, such as `Keras 2.4.0 (tensorflow)`.
  public var producer: String
  /// What the user should know although the model could be read.
  public var warnings: [Diagnostic]
}

/// Reads trained networks (Keras' `.h5` and `.keras`, ONNX) and spiking ones (NIR).
public enum Importer {
  /// Reads the model at `path`; the file's first bytes, not its name, tell its form.
  ///
  /// - Throws: a `Diagnostic` that names the file, and the layer where one is at fault.
  public static func load(
    path: String, options: ImportOptions = ImportOptions()
  ) throws(Diagnostic) -> ImportedModel {
    do {
      switch try FileSignature(ofFile: path) {
      case .hdf5:
        let file = try HDF5File.open(path)
        if NirFile.matches(file) { return try NirImporter.load(file, options: options) }
        return try KerasImporter.load(try KerasFile(file), options: options)
      case .zip: return try KerasImporter.load(try KerasFile(archive: path), options: options)
      case .protobuf: return try OnnxImporter.load(path: path, options: options)
      case let other: throw other.refusal
      }
    } catch {
      throw diagnostic(error, path)
    }
  }

  /// An error of reading the file at `path`, as users see it.
  static func diagnostic(_ error: any Error, _ path: String) -> Diagnostic {
    if let diagnostic = error as? Diagnostic { return diagnostic.inFile(path) }
    if let error = error as? HDF5Error {
      let place = error.object.isEmpty ? "" : "\(error.object): "
      return Diagnostic(place + error.message, file: path)
    }
    return Diagnostic("\(error)", file: path)
  }
}
