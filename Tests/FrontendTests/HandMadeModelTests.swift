import Foundation
import SpikeExecution
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// What no recorded model covers, on models put together here and worked out by hand.
struct HandMadeModelTests {
  typealias Weight = ModelFile.Weight

  private func load(_ file: ModelFile) throws -> ImportedModel {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.h5")
      try file.write(to: url)
      return try Importer.load(path: url.path)
    }
  }

  private func refusal(_ file: ModelFile) throws -> Diagnostic {
    try #require(throws: Diagnostic.self) { try load(file) }
  }

  private func run(_ file: ModelFile, _ x: [Float]) throws -> [Float] {
    try AnalogExecutor(load(file).graph).run(x, count: 1)[0]
  }

  /// Keras 1 with Theano's order: kernel `[O, I, h, w]`, and the values flattened as `[C, H, W]`.
  private var theanoOrder: ModelFile {
    let layers = [
      #"{"class_name":"Convolution2D","config":{"name":"c","nb_filter":1,"nb_row":1,"nb_col":2,"#
        + #""border_mode":"valid","subsample":[1,1],"dim_ordering":"th","bias":false}}"#,
      #"{"class_name":"Flatten","config":{"name":"f"}}"#,
    ]
    var file = ModelFile.sequential(
      input: "2,1,3", layers, ["c": [Weight("c_W:0", [1, 2, 1, 2], [1, 2, 10, 20])]])
    (file.version, file.backend) = ("1.2.2", nil)
    return file
  }

  @Test func readsTheanosKernelOrder() throws {
    let y = try run(theanoOrder, [1, 2, 3, 4, 5, 6])
    #expect(y == [145, 178])
  }

  @Test func rotatesTheanosKernels() throws {
    var file = theanoOrder
    file.weights["c"]?[0].name = "c_W"
    #expect(try run(file, [1, 2, 3, 4, 5, 6]) == [134, 167])
    #expect(try load(file).warnings.count == 1)
    file.backend = "tensorflow"
    #expect(try run(file, [1, 2, 3, 4, 5, 6]) == [145, 178])
  }

  @Test func mergesAsKeras1Did() throws {
    let config =
      #"{"class_name":"Model","config":{"name":"m","layers":["#
      + #"{"class_name":"InputLayer","name":"i","config":{"batch_input_shape":[null,2],"name":"i"},"inbound_nodes":[]},"#
      + #"{"class_name":"Activation","name":"r","config":{"activation":"relu","name":"r"},"inbound_nodes":[[["i",0,0]]]},"#
      + #"{"class_name":"Merge","name":"s","config":{"mode":"sum","name":"s"},"inbound_nodes":[[["i",0,0],["r",0,0]]]},"#
      + #"{"class_name":"Merge","name":"c","config":{"mode":"concat","concat_axis":-1,"name":"c"},"inbound_nodes":[[["s",0,0],["r",0,0]]]}"#
      + #"],"input_layers":[["i",0,0]],"output_layers":[["c",0,0]]}}"#
    #expect(try run(ModelFile(config: config, version: "1.2.0"), [-1, 3]) == [-1, 6, 0, 3])
    let product = config.replacingOccurrences(of: "\"sum\"", with: "\"mul\"")
    let refused = try refusal(ModelFile(config: product, version: "1.2.0"))
    #expect(refused.origin == Origin("s") && refused.message.contains("'mul'"))
  }

  /// `2 - x`, then the sum with itself, as Keras 2 stores functions.
  @Test func readsFunctionsWithConstants() throws {
    func function(_ name: String, _ function: String, _ inbound: String) -> String {
      #"{"class_name":"TFOpLambda","name":"\#(name)","config":{"name":"\#(name)","function":"\#(function)"},"#
        + #""inbound_nodes":[\#(inbound)]}"#
    }
    let config =
      #"{"class_name":"Functional","config":{"name":"m","layers":["#
      + #"{"class_name":"InputLayer","name":"i","config":{"batch_input_shape":[null,2],"name":"i"},"inbound_nodes":[]},"#
      + function(
        "tf.math.subtract", "math.subtract",
        #"["_CONSTANT_VALUE",-1,2.0,{"y":["i",0,0],"name":null}]"#)
      + ","
      + function("tf.math.multiply", "math.multiply", #"["tf.math.subtract",0,0,{"y":[10,100]}]"#)
      + #"],"input_layers":[["i",0,0]],"output_layers":[["tf.math.multiply",0,0]]}}"#
    #expect(try run(ModelFile(config: config), [5, -1]) == [-30, 300])
    let unknown = config.replacingOccurrences(of: "\"math.multiply\"", with: "\"math.erf\"")
    #expect(try refusal(ModelFile(config: unknown)).message.contains("tf.math.erf"))
  }

  @Test func sharesSlopesAlongAnAxis() throws {
    let layer = #"{"class_name":"PReLU","config":{"name":"p","shared_axes":[2]}}"#
    let file = ModelFile.sequential(
      input: "2,2", [layer], ["p": [Weight("p/alpha:0", [2, 1], [0.5, 0.25])]])
    #expect(try run(file, [-4, 4, -8, -12]) == [-2, 4, -2, -3])
  }

  @Test func slopesOfHardSigmoidDependOnTheVersion() throws {
    var file = ModelFile.sequential(
      input: "2",
      [#"{"class_name":"Activation","config":{"name":"a","activation":"hard_sigmoid"}}"#])
    let keras2 = try run(file, [1, -9])
    file.version = "3.1.0"
    let keras3 = try run(file, [1, -9])
    #expect(abs(keras2[0] - 0.7) < 1e-6 && abs(keras3[0] - 4.0 / 6) < 1e-6)
    #expect(keras2[1] == 0 && keras3[1] == 0)
  }

  @Test(arguments: [
    (#"{"class_name":"Conv2d","config":{"name":"c"}}"#, "c", "did you mean Conv2D?"),
    (#"{"class_name":"LSTM","config":{"name":"l"}}"#, "l", "Conv1D"),
    (#"{"class_name":"Pkg>Mine","config":{"name":"m"}}"#, "m", "own layers"),
    (
      #"{"class_name":"Activation","config":{"name":"a","activation":"rellu"}}"#, "a",
      "did you mean 'relu'?"
    ),
  ])
  func explainsUnknownLayers(_ layer: String, _ name: String, _ note: String) throws {
    let refused = try refusal(.sequential(input: "4,4,1", [layer]))
    #expect(refused.origin == Origin(name))
    #expect(refused.notes.contains { $0.contains(note) }, "\(refused)")
  }

  @Test(arguments: [
    (
      #"{"class_name":"Dense","config":{"name":"d","units":3,"use_bias":false}}"#, "asks for [2, 3]"
    ),
    (#"{"class_name":"Dense","config":{"name":"d","units":2}}"#, "no weight 'bias'"),
    (#"{"class_name":"Dense","config":{"name":"e","units":2}}"#, "model_weights/e"),
    (#"{"class_name":"Dense","config":{"name":"d","units":0}}"#, "'units'"),
    (#"{"class_name":"Reshape","config":{"name":"r","target_shape":[-1,-1]}}"#, "does not fit"),
    (#"{"class_name":"ZeroPadding1D","config":{"name":"z"}}"#, "2 dimensions"),
    (#"{"class_name":"ReLU","config":{"name":"r","max_value":-1}}"#, "above 0"),
  ])
  func explainsWhatDoesNotFit(_ layer: String, _ message: String) throws {
    let file = ModelFile.sequential(
      input: "2", [layer], ["d": [Weight("d/kernel:0", [2, 2])]])
    let refused = try refusal(file)
    #expect(refused.message.contains(message), "\(refused)")
    #expect(!refused.origin.layers.isEmpty)
  }

  @Test func refusesCyclesAndExcess() throws {
    let config =
      #"{"class_name":"Functional","config":{"name":"m","layers":["#
      + #"{"class_name":"InputLayer","name":"i","config":{"batch_input_shape":[null,2]},"inbound_nodes":[]},"#
      + #"{"class_name":"ReLU","name":"a","config":{},"inbound_nodes":[[["b",0,0,{}]]]},"#
      + #"{"class_name":"ReLU","name":"b","config":{},"inbound_nodes":[[["a",0,0,{}]]]}"#
      + #"],"input_layers":[["i",0,0]],"output_layers":[["b",0,0]]}}"#
    let cyclic = try refusal(ModelFile(config: config))
    #expect(cyclic.message.contains("depends on"), "\(cyclic)")
    let huge = ModelFile.sequential(
      input: "4,4,4",
      [#"{"class_name":"ZeroPadding2D","config":{"name":"z","padding":1000000}}"#])
    #expect(try refusal(huge).message.contains("elements"))
    let nested = String(repeating: "[", count: 100_000)
    #expect(try refusal(ModelFile(config: nested)).message.contains("JSON"))
  }

  @Test(arguments: [
    ("PK\u{3}\u{4}....", "zip"), ("", "empty"), ("hello, world", "no model file"),
    ("version https://git-lfs.github.com/spec/v1", "Git LFS"),
    ("\u{8}\u{3}\u{12}\u{7}pytorch", "ONNX"),
  ])
  func saysWhatAFileIs(_ content: String, _ message: String) throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.h5")
      try Data(content.utf8).write(to: url)
      #expect(ReferenceComparison.refusal(url.path)?.message.contains(message) == true)
      #expect(ReferenceComparison.refusal(folder.path)?.message.contains("folder") == true)
    }
  }
}
