import SpikeData
import SpikeExecution
import SpikeIR

/// The inputs of a data file as a network takes them.
struct DatasetSamples: SampleSource {
  let count: Int
  let elementCount: Int
  let isByte: Bool
  private let array: NDArray
  /// Where the file's layout is not the model's: the file's index of each of the model's elements.
  private let order: [Int]?

  /// The inputs of `array`, the first `limit` of them, for a network's input of type `type`.
  ///
  /// Extents of 1 do not matter. Images that lie channels last for a channels-first model, or the
  /// other way round, are turned; grey images are also read row by row as vectors.
  ///
  /// - Throws: a `Diagnostic` if the shapes do not fit.
  init(_ array: NDArray, limit: Int?, for type: TensorType, file: String) throws {
    self.array = array
    count = min(array.rowCount, limit ?? array.rowCount)
    elementCount = type.count
    isByte = array.elementType == .uint8
    let shape = Array(array.shape.dropFirst())
    func squeezed(_ shape: [Int]) -> [Int] { shape.filter { $0 != 1 } }
    let isVector = squeezed(type.shape).count == 1 && squeezed(shape).count == 2
    if squeezed(shape) == squeezed(type.shape)
      || isVector && shape.reduce(1, *) == type.count
    {
      order = nil
    } else if shape.count == 3, [shape[2], shape[0], shape[1]] == type.shape {
      order = Tensor.transposedIndices(shape, [2, 0, 1])
    } else if shape.count == 3, [shape[1], shape[2], shape[0]] == type.shape {
      order = Tensor.transposedIndices(shape, [1, 2, 0])
    } else {
      throw Diagnostic(
        "its inputs have shape \(shape), the network takes \(type.shape)", file: file,
        notes: ["give the data in the network's shape, or in NHWC or NCHW for images"])
    }
  }

  /// Whether any element differs from 0.
  var holdsNonzero: Bool { (0..<count).contains { read($0..<$0 + 1).contains { $0 != 0 } } }

  func read(_ range: Range<Int>) -> [Float] {
    let values = array.floats(rows: range)
    guard let order else { return values }
    return stride(from: 0, to: values.count, by: elementCount).flatMap { start in
      order.map { values[start + $0] }
    }
  }
}

/// A data file, ready for a network.
struct Dataset {
  let samples: DatasetSamples
  let labels: [Int]?

  /// Reads the first `limit` inputs of a file for a network's input of type `type`, and where
  /// `isLabelled` their labels.
  ///
  /// - Throws: a `Diagnostic` that names the file.
  init(
    _ path: String, limit: Int? = nil, for type: TensorType, isLabelled: Bool = false
  ) throws {
    let data: LabelledData
    do {
      data = try LabelledData.load(path, readsLabels: isLabelled)
    } catch let error as DataError {
      throw Diagnostic(error.description)
    }
    let samples = try DatasetSamples(data.inputs, limit: limit, for: type, file: path)
    self.samples = samples
    labels = data.labels.map { Array($0.prefix(samples.count)) }
    try checkFinite(path)
  }

  private func checkFinite(_ path: String) throws {
    if samples.isByte { return }
    for start in stride(from: 0, to: samples.count, by: 256) {
      let values = samples.read(start..<min(start + 256, samples.count))
      guard let bad = values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw Diagnostic(
        "input \(start + bad / samples.elementCount) holds NaN or infinity", file: path)
    }
  }
}
