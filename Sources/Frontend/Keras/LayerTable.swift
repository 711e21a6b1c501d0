import SpikeIR

/// Builds the nodes of one application of a layer and gives its value.
typealias LayerBuilder = @Sendable (inout KerasContext, LayerCall) throws -> Value

/// One kind of layer: the classes that mean it, in every version of Keras, and how it is built.
struct LayerRow: Sendable {
  let classes: [String]
  let build: LayerBuilder

  init(_ classes: String..., build: @escaping LayerBuilder) {
    self.classes = classes
    self.build = build
  }
}

/// All layers that can be read. A new layer is one row here, composed of existing operations.
enum LayerTable {
  /// The rows.
  static let rows: [LayerRow] =
    convolutions + pooling + merging + shapes + activations + inference + functions

  private static let convolutions = [
    LayerRow("Conv2D", "Convolution2D", "AtrousConvolution2D") {
      try $0.convolution($1, rank: 2)
    },
    LayerRow("Conv1D", "Convolution1D", "AtrousConvolution1D") {
      try $0.convolution($1, rank: 1)
    },
    LayerRow("DepthwiseConv2D", "DepthwiseConvolution2D") {
      try $0.depthwiseConvolution($1, rank: 2)
    },
    LayerRow("DepthwiseConv1D") { try $0.depthwiseConvolution($1, rank: 1) },
    LayerRow("SeparableConv2D", "SeparableConvolution2D") {
      try $0.separableConvolution($1, rank: 2)
    },
    LayerRow("SeparableConv1D", "SeparableConvolution1D") {
      try $0.separableConvolution($1, rank: 1)
    },
    LayerRow("Dense") { try $0.dense($1) },
    LayerRow("BatchNormalization", "BatchNormalizationV1", "SyncBatchNormalization") {
      try $0.batchNormalization($1)
    },
    LayerRow("Rescaling") { try $0.rescaling($1) },
    LayerRow("Normalization") { try $0.normalization($1) },
  ]

  private static let pooling = [
    LayerRow("MaxPooling2D", "MaxPool2D") { try $0.maxPooling($1, rank: 2) },
    LayerRow("MaxPooling1D", "MaxPool1D") { try $0.maxPooling($1, rank: 1) },
    LayerRow("AveragePooling2D", "AvgPool2D") { try $0.averagePooling($1, rank: 2) },
    LayerRow("AveragePooling1D", "AvgPool1D") { try $0.averagePooling($1, rank: 1) },
    LayerRow("GlobalAveragePooling2D", "GlobalAvgPool2D") {
      try $0.globalPooling($1, rank: 2)
    },
    LayerRow("GlobalAveragePooling1D", "GlobalAvgPool1D") {
      try $0.globalPooling($1, rank: 1)
    },
    LayerRow("GlobalMaxPooling2D", "GlobalMaxPool2D") {
      try $0.globalPooling($1, rank: 2, isMax: true)
    },
    LayerRow("GlobalMaxPooling1D", "GlobalMaxPool1D") {
      try $0.globalPooling($1, rank: 1, isMax: true)
    },
  ]

  private static let merging = [
    // Keras 3 has a layer and a function of this name; the function may take a number.
    LayerRow("Add") { try $0.arithmetic($1, .add) },
    LayerRow("Subtract") { try $0.arithmetic($1, .subtract) },
    LayerRow("Average") { try $0.mean($1) },
    LayerRow("Concatenate") { try $0.concatenation($1) },
    LayerRow("Merge") { try $0.merge($1) },
  ]

  private static let shapes = [
    LayerRow("Flatten") { try $0.flatten($1) },
    LayerRow("Reshape") { try $0.reshape($1) },
    LayerRow("Permute") { try $0.permute($1) },
    LayerRow("ZeroPadding2D") { try $0.zeroPadding($1, rank: 2) },
    LayerRow("ZeroPadding1D") { try $0.zeroPadding($1, rank: 1) },
  ]

  private static let activations =
    [
      LayerRow("Activation") { try $0.activation($1) },
      LayerRow("PReLU") { try $0.parametricRectification($1) },
    ] + KerasContext.activationLayers.map { name, build in LayerRow(name, build: build) }

  /// Layers that act in training only.
  private static let inference = [
    LayerRow(
      "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout",
      "AlphaDropout", "ActivityRegularization", "ActivityRegularizer", "Identity", "RandomFlip",
      "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness"
    ) { try $1.value }
  ]

  private static let functions =
    [
      LayerRow("TFOpLambda") { try $0.functionCall($1) },
      LayerRow("TrueDivide", "Divide") { try $0.arithmetic($1, .divide) },
    ]
    + [
      ("Relu", "nn.relu"), ("Relu6", "nn.relu6"), ("Sigmoid", "sigmoid"), ("Tanh", "tanh"),
      ("Silu", "nn.silu"), ("Elu", "nn.elu"), ("Selu", "nn.selu"), ("Gelu", "nn.gelu"),
      ("Softplus", "nn.softplus"), ("LogSoftmax", "nn.log_softmax"),
      ("LeakyRelu", "nn.leaky_relu"), ("Transpose", "transpose"), ("Mean", "math.reduce_mean"),
    ].map { name, function in
      LayerRow(name) { context, call in
        guard let build = KerasContext.functions[function] else {
          throw call.layer.diagnostic("the function \(function) is not read")
        }
        return try build(&context, call)
      }
    }

  private static let byClass = Dictionary(
    rows.flatMap { row in row.classes.map { ($0, row.build) } }, uniquingKeysWith: { a, _ in a })

  /// How a layer is built.
  ///
  /// - Throws: a `Diagnostic` that says why a layer of this class cannot be had.
  static func builder(for layer: LayerConfig) throws -> LayerBuilder {
    if let build = byClass[layer.className] { return build }
    throw RefusedLayers.diagnostic(layer, known: byClass.keys.sorted())
  }
}
