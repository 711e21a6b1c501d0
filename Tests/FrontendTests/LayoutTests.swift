import Foundation
import SpikeExecution
import SpikeFrontend
import SpikeIR
import TestSupport
import Testing

/// Channels-first models, sequences, and axes: every element where Keras has it.
struct LayoutTests {
  typealias Weight = ModelFile.Weight

  /// What a functional model computes. The layers stand behind an input `i` of shape `[2, 2, 3]`,
  /// channels first, and `p`, which leaves every value as it is but has the layout of an image.
  private func run(_ layers: String, _ weights: [String: [Weight]] = [:]) throws -> Graph {
    let pool =
      #""pool_size":[1,1],"strides":[1,1],"padding":"valid","data_format":"channels_first""#
    let config =
      #"{"class_name":"Functional","config":{"name":"m","layers":["#
      + #"{"class_name":"InputLayer","name":"i","config":{"batch_input_shape":[null,2,2,3]},"#
      + #""inbound_nodes":[]},"#
      + #"{"class_name":"MaxPooling2D","name":"p","config":{"# + pool + "},"
      + #""inbound_nodes":[[["i",0,0,{}]]]},"# + layers
      + #"],"input_layers":[["i",0,0]],"output_layers":[["y",0,0]]}}"#
    return try load(ModelFile(config: config, weights: weights))
  }

  private func load(_ file: ModelFile) throws -> Graph {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("model.h5")
      try file.write(to: url)
      return try Importer.load(path: url.path).graph
    }
  }

  private func layer(_ name: String, _ className: String, _ config: String, _ inputs: String...)
    -> String
  {
    let inbound = inputs.map { #"["\#($0)",0,0,{}]"# }.joined(separator: ",")
    return #"{"class_name":"\#(className)","name":"\#(name)","config":{\#(config)},"#
      + #""inbound_nodes":[[\#(inbound)]]}"#
  }

  private let x = (0..<12).map(Float.init)

  private func outputs(_ graph: Graph) throws -> [Float] {
    try AnalogExecutor(graph).run(x, count: 1)[0]
  }

  @Test(arguments: ["p", "i"])
  func joinsChannels(_ other: String) throws {
    let graph = try run(layer("y", "Concatenate", #""axis":1"#, "p", other))
    #expect(graph[graph.outputs[0]].type.shape == [4, 2, 3])
    #expect(try outputs(graph) == x + x)
  }

  @Test func flattensInTheModelsOrder() throws {
    #expect(try outputs(run(layer("y", "Flatten", "", "p"))) == x)
    let moved = try outputs(run(layer("y", "Flatten", #""data_format":"channels_first""#, "p")))
    #expect(moved == [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11])
  }

  @Test func permutesAndReshapes() throws {
    let permuted = try run(layer("y", "Permute", #""dims":[3,1,2]"#, "p"))
    #expect(permuted[permuted.outputs[0]].type.shape == [3, 2, 2])
    #expect(try outputs(permuted) == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
    let reshaped = try run(layer("y", "Reshape", #""target_shape":[-1,4]"#, "p"))
    #expect(reshaped[reshaped.outputs[0]].type.shape == [3, 4])
    #expect(try outputs(reshaped) == x)
  }

  @Test func denseActsOnTheLastAxisOfTheModel() throws {
    let graph = try run(
      layer("y", "Dense", #""units":1,"use_bias":false"#, "p"),
      ["y": [Weight("y/kernel:0", [3, 1], [1, 10, 100])]])
    #expect(try outputs(graph) == [210, 543, 876, 1209])
  }

  @Test func normalisesTheChannels() throws {
    let ones = Weight("y/moving_variance:0", [2], [1, 1])
    let graph = try run(
      layer("y", "BatchNormalization", #""axis":1,"scale":false,"center":false,"epsilon":0"#, "p"),
      ["y": [Weight("y/moving_mean:0", [2], [0, 100]), ones]])
    #expect(try outputs(graph) == x.prefix(6) + x.suffix(6).map { $0 - 100 })
  }

  @Test func poolsEachChannel() throws {
    let config = #""data_format":"channels_first","keepdims":true"#
    let graph = try run(layer("y", "GlobalAveragePooling2D", config, "p"))
    #expect(graph[graph.outputs[0]].type.shape == [2, 1, 1])
    #expect(try outputs(graph) == [2.5, 8.5])
  }

  @Test func filtersEachChannelOfASequence() throws {
    let convolution =
      #"{"class_name":"DepthwiseConv1D","config":{"name":"d","kernel_size":[2],"#
      + #""depth_multiplier":2,"padding":"causal","use_bias":false}}"#
    let kernel = Weight("d/depthwise_kernel:0", [2, 2, 2], [1, 2, 3, 4, 10, 20, 30, 40])
    let graph = try load(.sequential(input: "2,2", [convolution], ["d": [kernel]]))
    let y = try AnalogExecutor(graph).run([1, 2, 3, 4], count: 1)[0]
    #expect(y == [10, 20, 60, 80, 31, 62, 126, 168])
  }
}
