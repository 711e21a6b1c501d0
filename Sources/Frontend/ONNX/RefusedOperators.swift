import SpikeIR

/// Operators that are known and cannot be read, and why.
enum RefusedOperators {
  private static let reasons: [(ops: [String], reason: String, advice: String)] = [
    (
      ["LSTM", "GRU", "RNN", "Scan", "Loop"],
      "is recurrent: its state over a sequence has no counterpart in a rate-coded network",
      "use convolutions over time in its place"
    ),
    (
      ["If"], "chooses between two networks, which is not read",
      "export with fixed shapes, and simplify the model (onnxsim) so that the choice is gone"
    ),
    (
      ["Attention", "Einsum", "MultiHeadAttention", "GridSample"],
      "multiplies values of the network with each other, which has no rate code",
      "use convolutions in its place"
    ),
    (
      [
        "LayerNormalization", "GroupNormalization", "InstanceNormalization", "LRN",
        "RMSNormalization", "MeanVarianceNormalization", "LpNormalization",
      ], "takes its statistics from the sample at hand, which has no rate code",
      "use BatchNormalization in its place"
    ),
    (
      [
        "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "DynamicQuantizeLinear",
      ], "computes on quantised integers, which is not read",
      "export with QuantizeLinear/DequantizeLinear pairs around float operators (QDQ), or save the"
        + " model before it is quantised"
    ),
    (
      ["ConvTranspose", "Resize", "Upsample", "DepthToSpace", "SpaceToDepth", "Col2Im", "Unpool"],
      "enlarges or rearranges an image, which is not read yet",
      "classify without it, or resize the input data"
    ),
    (
      [
        "ThresholdedRelu", "Sign", "Floor", "Ceil", "Round", "ArgMax", "ArgMin", "TopK", "Equal",
        "Greater", "Less", "Where", "NonMaxSuppression", "Hardmax",
      ],
      "jumps, or gives truth values or positions, and has no rate code",
      "export the network up to its logits, and do what follows on its outputs"
    ),
    (
      [
        "Mish", "Swish", "Celu", "Erf", "Log", "Sqrt", "Pow", "Abs", "Reciprocal", "Sin", "Cos",
        "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "ReduceL1", "ReduceL2", "ReduceSumSquare",
        "ReduceLogSum", "ReduceLogSumExp", "LpPool", "GlobalLpPool",
      ], "is a function without a rate code", "train with ReLU in its place"
    ),
    (
      ["ReduceSum", "ReduceMin", "ReduceProd", "CumSum"], "of network values is not read",
      "use ReduceMean, a convolution or a dense layer in its place"
    ),
  ]

  /// Why an operator cannot be had, and what to do.
  static func diagnostic(_ call: OnnxCall, known: [String]) -> Diagnostic {
    let op = call.node.op
    if let row = reasons.first(where: { $0.ops.contains(op) }) {
      return call.diagnostic(row.reason, notes: [row.advice])
    }
    let near = op.nearest(in: known)
    return call.diagnostic(
      "is an operator that is not read",
      notes: (near.map { ["did you mean \($0)?"] } ?? [])
        + ["build the network of convolutions, dense layers, pooling and ReLU, and export again"])
  }

  /// Refuses an operator of another domain.
  static func custom(_ call: OnnxCall) -> Diagnostic {
    if call.node.domain == "ai.onnx.ml" {
      return call.diagnostic(
        "is of ai.onnx.ml, the operators of classical machine learning: it is no neural network",
        notes: ["trees and support vector machines have no spiking form; train a network"])
    }
    return call.diagnostic(
      "is an operator of '\(call.node.domain)', not of ONNX: the file does not say what it does",
      notes: ["export with ONNX's own operators only; inline the model's local functions"])
  }
}
