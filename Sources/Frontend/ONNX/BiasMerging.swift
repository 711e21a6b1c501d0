import SpikeIR

extension Graph {
  /// Moves constants that are added behind a synapse without a bias into the synapse.
  ///
  /// Exporters write `MatMul` and `Add` where layers have weights and a bias.
  mutating func mergeBiases() {
    let users = users()
    for id in order {
      guard case .diagonal(let sum) = self[id].operation, let bias = sum.bias, sum.shift == 0,
        constants[sum.weight] == Tensor([1], [1]), let source = self[id].operands.first,
        users[source]?.count == 1, !outputs.contains(source)
      else { continue }
      let channels = self[source].type.channels
      let values = constants[bias].floats
      guard [[1], [channels]].contains(constants[bias].shape) else { continue }
      let all = values.count == channels ? values : Array(repeating: values[0], count: channels)
      switch self[source].operation {
      case .dense(var synapse) where synapse.bias == nil:
        synapse.bias = constants.add("\(self[source].name).bias", Tensor([channels], all))
        self[source].operation = .dense(synapse)
      case .conv2d(var synapse) where synapse.bias == nil:
        synapse.bias = constants.add("\(self[source].name).bias", Tensor([channels], all))
        self[source].operation = .conv2d(synapse)
      default: continue
      }
      self[source].origin = self[source].origin.merged(self[id].origin)
      replaceUses(of: id, with: source)
    }
  }
}
