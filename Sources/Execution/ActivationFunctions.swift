import Foundation
import SpikeIR

extension Activation {
  /// The function of each value; softmax runs over runs of `channels` values.
  func apply(_ x: [Float], channels: Int) -> [Float] {
    switch function {
    case .softmax: return perRow(x, channels) { $0 / $1 }
    case .logSoftmax: return perRow(x, channels) { log($0) - log($1) }
    case .sigmoid, .tanh, .softplus, .softsign, .elu, .selu, .gelu, .exponential, .swish,
      .hardSigmoid, .hardSwish:
      return x.map { Float(value(Double($0))) }
    }
  }

  private func perRow(_ x: [Float], _ channels: Int, _ body: (Double, Double) -> Double) -> [Float]
  {
    var result = x
    for start in stride(from: 0, to: x.count, by: channels) {
      let row = x[start..<start + channels].map { Double($0) }
      let largest = row.max() ?? 0
      let exponentials = row.map { exp($0 - largest) }
      let sum = exponentials.reduce(0, +)
      for i in 0..<channels {
        result[start + i] =
          function == .logSoftmax
          ? Float(row[i] - largest - log(sum)) : Float(body(exponentials[i], sum))
      }
    }
    return result
  }

  /// The elementwise functions, as Keras 2 defines them.
  private func value(_ x: Double) -> Double {
    switch function {
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: Foundation.tanh(x)
    case .softplus: max(x, 0) + log1p(exp(-abs(x)))
    case .softsign: x / (1 + abs(x))
    case .elu: x > 0 ? x : alpha * expm1(x)
    case .selu: 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x))
    case .gelu: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    case .exponential: exp(x)
    case .swish: x / (1 + exp(-x))
    case .hardSigmoid: min(max(alpha * x + 0.5, 0), 1)
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    case .softmax, .logSoftmax: preconditionFailure("softmax is no elementwise function")
    }
  }
}
