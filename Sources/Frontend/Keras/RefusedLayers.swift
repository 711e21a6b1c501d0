import SpikeIR

/// Layers that are known and cannot be read, and why.
enum RefusedLayers {
  private static let reasons: [(classes: [String], reason: String, advice: String)] = [
    (
      ["Lambda"], "holds Python bytecode, which nothing but that Python can run",
      "put Rescaling, Activation or another layer in its place, or do its work on the input data,"
        + " and save again"
    ),
    (
      [
        "LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D",
        "ConvLSTM3D", "ConvRecurrent2D", "CuDNNLSTM", "CuDNNGRU", "LSTMCell", "GRUCell",
        "StackedRNNCells",
      ], "is recurrent: its state over a sequence has no counterpart in a rate-coded network",
      "use convolutions over time (Conv1D) in its place"
    ),
    (
      ["MultiHeadAttention", "Attention", "AdditiveAttention", "GroupQueryAttention"],
      "is attention: it multiplies values of the network with each other, which has no rate code",
      "use convolutions in its place"
    ),
    (
      ["Multiply", "Dot", "Matmul", "Einsum"],
      "multiplies values of the network with each other, which has no rate code",
      "use Add or Concatenate in its place"
    ),
    (
      ["Maximum", "Minimum"], "takes the larger or smaller of two branches, which has no rate code",
      "use Add or Concatenate in its place"
    ),
    (
      ["LayerNormalization", "GroupNormalization", "RMSNormalization", "UnitNormalization"],
      "takes its statistics from the sample at hand, which has no rate code",
      "use BatchNormalization in its place"
    ),
    (["ThresholdedReLU"], "jumps at its threshold, and has no rate code", "use ReLU in its place"),
    (
      ["TimeDistributed"], "applies a layer to every step of a sequence",
      "Conv1D, Conv2D and Dense act on every position without it"
    ),
    (
      [
        "Conv3D", "Convolution3D", "MaxPooling3D", "AveragePooling3D", "GlobalAveragePooling3D",
        "GlobalMaxPooling3D", "ZeroPadding3D", "Conv3DTranspose", "UpSampling3D", "Cropping3D",
      ], "works on volumes; only sequences and images are read", "use the 2-D layer"
    ),
    (
      [
        "Conv2DTranspose", "Conv1DTranspose", "Deconvolution2D", "UpSampling1D", "UpSampling2D",
        "Resizing",
      ], "enlarges or resizes an image, which is not read yet",
      "classify without it, or resize the input data"
    ),
    (
      ["Cropping1D", "Cropping2D", "CenterCrop", "RandomCrop", "RepeatVector", "Masking"],
      "cuts, repeats or masks values, which is not read yet", "do it on the input data"
    ),
    (
      [
        "Embedding", "StringLookup", "IntegerLookup", "TextVectorization", "Hashing",
        "Discretization", "CategoryEncoding",
      ], "looks values up in a table; only networks on numbers are read",
      "do it on the input data"
    ),
    (
      ["LocallyConnected1D", "LocallyConnected2D"],
      "has weights of its own at every position, which is not read yet", "use a convolution"
    ),
    (
      ["TensorFlowOpLayer"], "holds a piece of a TensorFlow graph, not a layer",
      "use layers (Add, ReLU, Reshape, ...) in place of functions"
    ),
    (
      ["SlicingOpLambda", "GetItem"], "cuts a part out of a value, which is not read yet",
      "use layers without slices"
    ),
  ]

  /// Why a layer cannot be had, and what to do.
  static func diagnostic(_ layer: LayerConfig, known: [String]) -> Diagnostic {
    let name = layer.className
    if let row = reasons.first(where: { $0.classes.contains(name) }) {
      return layer.diagnostic("\(name) \(row.reason)", notes: [row.advice])
    }
    let near = name.nearest(in: known)
    return layer.diagnostic(
      "the layer class '\(name)' is not known: a class of the model's own code, or one that is not"
        + " read yet",
      notes: (near.map { ["did you mean \($0)?"] } ?? [])
        + ["build the network of Keras' own layers and save it again"])
  }

  /// Refuses a class that the model's authors registered under a package of their own.
  static func custom(_ className: String, layer: String, package: String) -> Diagnostic {
    Diagnostic(
      "the layer class '\(className)' is the model's own code (\(package)), which the file does"
        + " not hold", layer: layer,
      notes: ["build the network of Keras' own layers and save it again"])
  }
}
