import SpikeIR
import TestSupport

/// Graphs in the textual form that together hold every operation and every attribute.
enum Texts {
  /// The analog stage.
  static let analog = """
    graph "analog \\"net\\" \\\\ \\u{7}é" {facts=[currents-normalized]}
    constant @w : f32[4x3x2x1] = seeded(1)
    constant @b : f32[4] = [0.1, -2.5e-30, 3.0e+20, -0.0]
    constant @"odd name, with = {signs}" : f32[4] = [1, 2, 3, 4]
    constant @per/element.0 : f32[5x6x4] = seeded(2)
    constant @fine : f32[2x2x8] = [\(Array(repeating: "0.5", count: 32).joined(separator: ","))]
    constant @one : f32[1] = [1.5]
    constant @variance : f32[4] = [1, 2, 3, 4]
    constant @matrix : f32[3x48] = seeded(3)
    %image = input {values=byte} : f32[5x6x2] loc("image")
    %conv = conv2d %image {weight=@w, bias=@b, stride=[1,1], padding=[2,0,0,1], groups=2} \
    : f32[5x6x4] loc("conv"+"bn \\"1\\"")
    %"näme with % and \\u{a}" = batch_norm %conv {gamma=@b, beta=@variance, \
    mean=@"odd name, with = {signs}", variance=@variance, epsilon=0.001} : f32[5x6x4]
    %plain = batch_norm %conv {mean=@b, variance=@variance, epsilon=1e-07} \
    : f32[5x6x4]
    %r = relu %plain {ceiling=6.0} : f32[5x6x4] scale @variance
    %q = relu %r {copies=2} : f32[5x6x4] scale @one
    %l = leaky_relu %q {slope=@per/element.0} : f32[5x6x4]
    %d = diagonal %l {weight=@one, bias=@b} : f32[5x6x4] scale @one
    %sum = add %d, %d, %l : f32[5x6x4]
    %-a/v.g_ = average_pool %sum {kernel=[3,2], stride=[2,2], padding=[1,0,1,0], counts_padding=1} \
    : f32[3x3x4]
    %avg = average_pool %sum {kernel=[3,2], stride=[2,2], padding=[1,0,1,0]} : f32[3x3x4]
    %both = concat %-a/v.g_, %avg {axis=2} : f32[3x3x8]
    %s = sum_pool %both {kernel=[2,2], stride=[1,1]} : f32[2x2x8] scale @fine
    %p = pad %s {padding=[0,1,0,0]} : f32[2x3x8]
    %m = max_pool %p {kernel=[1,1], stride=[1,1]} : f32[2x3x8]
    %t = transpose %m {permutation=[2,0,1]} : f32[8x2x3]
    %flat = reshape %t : f32[48]
    %fc = dense %flat {weight=@matrix} : f32[3]
    %elu = activation %fc {function=elu, alpha=0.5} : f32[3]
    %probabilities = activation %elu {function=log_softmax} : f32[3]
    output %probabilities
    output %fc
    """

  /// The spiking stage, in integers.
  static let spiking = """
    graph "spiking" {timesteps=65535, facts=[spiking, quantized]}
    constant @offset : f32[2] = [0.5, -0.5]
    constant @step : f32[4x4x2] = [\(Array(repeating: "0.25", count: 32).joined(separator: ","))]
    constant @w : i32[2x1x1x2] = [127, -127, 0, 1]
    constant @theta : i32[1] = [100]
    constant @start : i32[2] = [50, -3]
    constant @bias : i32[4x4x2] = [\(Array(repeating: "-1", count: 32).joined(separator: ","))]
    constant @m : i32[2x1] = [5, -6]
    constant @k : i32[2] = [3, 2]
    constant @unit : f32[2] = [0.1, 0.2]
    %x = input : f32[4x4x2]
    %e = encode %x {coding=poisson, offset=@offset, step=@step, seed=-5} : spike[4x4x2]
    %l = encode %x {coding=direct, offset=@offset, step=@step, low=-3, high=200} : level[4x4x2]
    %j = concat %e, %l {axis=0} : level[8x4x2]
    %c = conv2d %e {weight=@w, shift=3, stride=[1,1], padding=[0,0,0,0]} : current[4x4x2]
    %d = diagonal %l {weight=@k, shift=1} : current[4x4x2]
    %a = add %c, %d : current[4x4x2]
    %f = fire %a {threshold=@theta, start=@start, bias=@bias, fraction_bits=2} \
    : spike[4x4x2] scale @unit
    %g = fire %a {threshold=@theta, start=@start, reset=zero, floor=-1, delay=2} : spike[4x4x2]
    %h = fire %a {threshold=@theta, start=@start, fires_if=exceeded} : spike[4x4x2]
    %i = fire %a {threshold=@theta, start=@start, spikes=31} : level[4x4x2]
    %p = max_pool %j {kernel=[8,4], stride=[1,1]} : level[1x1x2]
    %s = sum_pool %f {kernel=[4,4], stride=[1,1]} : level[1x1x2]
    %t = transpose %s {permutation=[2,0,1]} : level[2x1x1]
    %z = conv2d %t {weight=@z, stride=[1,1], padding=[0,0,0,0], dilation=[2,2]} : current[2x1x1]
    %v = reshape %z : current[2]
    %o = read_out %v {scale=@unit, bias=@k, fraction_bits=1, function=softmax} : f32[2]
    %n = decode %p {scale=@unit, function=sigmoid} : f32[1x1x2]
    output %o
    output %n
    """.replacing("constant @unit", with: "constant @z : i32[1x1x1x1] = [7]\nconstant @unit")

  /// The forms of the two, and of seeded random graphs.
  static func dumps() throws -> [String] {
    try [analog, spiking].map { try Graph(parsing: $0).text(.values(upTo: .max)) }
      + (0..<3).map { try RandomSpikingGraph(seed: $0).graph.text(.values(upTo: .max)) }
  }
}

extension Graph {
  /// The textual form with all values.
  var whole: String { text(.values(upTo: .max)) }
}

/// Whether two texts have the same bytes: `==` calls differently composed characters equal.
func sameBytes(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
