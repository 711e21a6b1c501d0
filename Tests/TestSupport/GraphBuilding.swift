import SpikeIR

extension Graph {
  /// A graph with an input of the given shape, named `x`.
  public init(input shape: [Int], _ values: Input.Values = .real) throws {
    self.init(name: "test")
    outputs = [
      try add("x", Input(values), [], type: TensorType(.f32, shape), origin: Origin("x"))
    ]
  }

  /// The node that was appended last, which is the output.
  public var last: NodeID { outputs[0] }

  /// Puts an operation behind the last one and makes it the output.
  @discardableResult
  public mutating func append(
    _ name: String, _ parameters: any OperationParameters, on operands: [NodeID]? = nil,
    type: TensorType? = nil
  ) throws -> NodeID {
    let id = try add(name, parameters, operands ?? [last], type: type, origin: Origin(name))
    outputs = [id]
    return id
  }

  /// Adds a float constant.
  public mutating func constant(_ shape: [Int], _ values: [Float]) -> ConstantID {
    constants.add("c", Tensor(shape, values))
  }

  /// Adds an integer constant.
  public mutating func constant(_ shape: [Int], integers values: [Int32]) -> ConstantID {
    constants.add("c", Tensor(shape, integers: values))
  }
}
