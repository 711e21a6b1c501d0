import SpikeIR

/// Builds the nodes of one operator and gives its values.
typealias OperatorBuilder = @Sendable (inout OnnxContext, OnnxCall) throws -> OnnxOperand

/// One operator of ONNX and how it is built, in every version that is read.
struct OperatorRow: Sendable {
  let op: String
  let build: OperatorBuilder

  init(_ op: String, build: @escaping OperatorBuilder) {
    self.op = op
    self.build = build
  }
}

/// All operators that can be read. A new operator is one row, composed of existing operations.
enum OperatorTable {
  /// The rows.
  static let rows: [OperatorRow] = synapses + arithmetic + pooling + shapes + functions

  private static let synapses = [
    OperatorRow("Conv") { try $0.convolution($1) },
    OperatorRow("Gemm") { try $0.gemm($1) },
    OperatorRow("MatMul") { try $0.matMul($1) },
    OperatorRow("BatchNormalization") { try $0.batchNormalization($1) },
    OperatorRow("QuantizeLinear") { try $0.quantize($1) },
    OperatorRow("DequantizeLinear") { try $0.dequantize($1) },
  ]

  private static let arithmetic = [
    OperatorRow("Add") { .value(try $0.sum($1)) },
    OperatorRow("Sum") { .value(try $0.sum($1)) },
    OperatorRow("Mean") { try $0.mean($1) },
    OperatorRow("Sub") { try $0.difference($1) },
    OperatorRow("Mul") { try $0.product($1) },
    OperatorRow("Div") { try $0.quotient($1) },
    OperatorRow("Neg") { try $0.negation($1) },
    OperatorRow("Concat") { try $0.concatenation($1) },
  ]

  private static let pooling = [
    OperatorRow("MaxPool") { try $0.maxPool($1) },
    OperatorRow("AveragePool") { try $0.averagePool($1) },
    OperatorRow("GlobalAveragePool") { try $0.globalPool($1, isMax: false) },
    OperatorRow("GlobalMaxPool") { try $0.globalPool($1, isMax: true) },
    OperatorRow("ReduceMean") { try $0.reduction($1, isMax: false) },
    OperatorRow("ReduceMax") { try $0.reduction($1, isMax: true) },
  ]

  private static let shapes = [
    OperatorRow("Reshape") { try $0.reshape($1) },
    OperatorRow("Flatten") { try $0.flatten($1) },
    OperatorRow("Transpose") { try $0.transpose($1) },
    OperatorRow("Squeeze") { try $0.squeeze($1) },
    OperatorRow("Unsqueeze") { try $0.unsqueeze($1) },
    OperatorRow("Expand") { try $0.expand($1) },
    OperatorRow("Shape") { try $0.shape($1) },
    OperatorRow("Pad") { try $0.pad($1) },
    OperatorRow("Slice") { try $0.slice($1) },
    OperatorRow("Gather") { try $0.gather($1) },
    OperatorRow("Identity") { .value(try $1.anyValue()) },
    OperatorRow("Dropout") { try $0.dropout($1) },
    OperatorRow("Cast") { try $0.cast($1) },
  ]

  private static let functions = [
    OperatorRow("Relu") { .value(try $0.map(try $1.value(), ReLU())) },
    OperatorRow("Clip") { try $0.clip($1) },
    OperatorRow("Max") { try $0.extremum($1, isMax: true) },
    OperatorRow("Min") { try $0.extremum($1, isMax: false) },
    OperatorRow("LeakyRelu") { try $0.leakyRelu($1) },
    OperatorRow("PRelu") { try $0.parametricRelu($1) },
    OperatorRow("HardSigmoid") { try $0.hardSigmoid($1) },
    OperatorRow("Softmax") { try $0.softmax($1, .softmax) },
    OperatorRow("LogSoftmax") { try $0.softmax($1, .logSoftmax) },
    OperatorRow("Sigmoid") { try $0.function($1, .sigmoid) },
    OperatorRow("Tanh") { try $0.function($1, .tanh) },
    OperatorRow("Softplus") { try $0.function($1, .softplus) },
    OperatorRow("Softsign") { try $0.function($1, .softsign) },
    OperatorRow("Exp") { try $0.function($1, .exponential) },
    OperatorRow("Elu") { try $0.function($1, .elu, alpha: 1) },
    OperatorRow("Selu") { try $0.selu($1) },
    OperatorRow("Gelu") { try $0.gelu($1) },
    OperatorRow("HardSwish") { try $0.function($1, .hardSwish) },
  ]

  private static let byOperator = Dictionary(uniqueKeysWithValues: rows.map { ($0.op, $0.build) })

  /// Builds a node; its values are one per output, as many as the operator gives.
  ///
  /// - Throws: a `Diagnostic` that names the node, says why it cannot be had and what to do.
  static func build(_ call: OnnxCall, _ context: inout OnnxContext) throws -> [OnnxOperand] {
    let op = call.node.op
    guard call.node.domain.isEmpty else { throw RefusedOperators.custom(call) }
    if op == "Constant" { return [.constant(try constant(call))] }
    if let fold = FoldingTable.rows[op], let inputs = call.constants, let first = inputs.first,
      first != nil
    {
      return [.constant(try fold(&context, call, inputs.compactMap { $0 }))]
    }
    if op == "Split" { return try context.split(call) }
    guard let build = byOperator[op] else {
      throw RefusedOperators.diagnostic(call, known: byOperator.keys.sorted())
    }
    return [try build(&context, call)]
  }

  /// Constant, in each of its forms.
  private static func constant(_ call: OnnxCall) throws -> OnnxConstant {
    let attributes = call.node.attributes
    if case .tensor(let tensor)? = attributes["value"] { return OnnxConstant(tensor) }
    if case .float(let value)? = attributes["value_float"] { return OnnxConstant([], [value]) }
    if case .floats(let values)? = attributes["value_floats"] {
      return OnnxConstant([values.count], values)
    }
    if case .integer(let value)? = attributes["value_int"] {
      return OnnxConstant([], integers: [value])
    }
    if case .integers(let values)? = attributes["value_ints"] {
      return OnnxConstant([values.count], integers: values)
    }
    throw call.diagnostic(
      "holds \(attributes.keys.sorted().joined(separator: ", ")), which is not read",
      notes: ["dense tensors and numbers are"])
  }
}
