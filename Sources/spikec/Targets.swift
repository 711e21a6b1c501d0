import ArgumentParser
import SpikeIR
import SpikeReport
import SpikeTargets

struct Targets: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List what can run a spiking network: its neuron, its limits, its file formats.")

  @OptionGroup var output: OutputOptions

  func run() throws {
    try output.check()
    try output.show([neurons, limits, remarks])
  }

  private var remarks: Table {
    var table = Table("remarks", [.init("name", "target"), .init("remark", "good to know")])
    for target in Target.all {
      for remark in target.remarks { table.add([.text(target.name), .text(remark)]) }
    }
    return table
  }

  private var neurons: Table {
    var table = Table(
      "targets",
      [
        .init("name", "target"), .init("reset", "reset"), .init("fires_if", "fires if"),
        .init("spikes_per_step", "spikes/step"), .init("floor", "floor"), .init("start", "start"),
        .init("delay", "delay"), .init("decay", "decay"), .init("formats", "files"),
        .init("summary", "what it is"),
      ])
    for target in Target.all {
      let neuron = target.neuron
      table.add([
        .text(target.name), .text(neuron.reset == .zero ? "V = 0" : "V -= θ"),
        .text(neuron.comparison == .reached ? "V >= θ" : "V > θ"), .integer(neuron.spikes),
        .text(neuron.floor.map { $0 == -1 ? "-θ" : "\($0)θ" } ?? "none"),
        .text(target.start == .zero ? "0" : "any"), .integer(neuron.delay),
        .number(neuron.decay, digits: 0),
        .text(target.formats.map(\.rawValue).joined(separator: ", ")), .text(target.summary),
      ])
    }
    return table
  }

  private var limits: Table {
    var table = Table("limits", [.init("name", "target"), .init("limits", "what it cannot hold")])
    for target in Target.all {
      let rows = target.limits.rows
      table.add([
        .text(target.name), .text(rows.isEmpty ? "nothing" : rows.joined(separator: "; ")),
      ])
    }
    return table
  }
}

extension Limits {
  /// What differs from a target that can hold everything, in words.
  fileprivate var rows: [String] {
    var rows: [String] = []
    func note(_ can: Bool, _ what: String) { if !can { rows.append("no \(what)") } }
    note(sumPooling, "sum pooling")
    note(maxPooling, "max pooling")
    note(paddedPooling, "pooling over the border")
    note(groups, "groups")
    note(concatenation, "concatenation")
    note(sums, "residual sums")
    note(asymmetricPadding, "asymmetric padding")
    note(diagonals, "elementwise weights")
    note(bias, "bias currents")
    note(negativeWeights, "negative weights")
    if thresholds != .perNeuron { rows.append("thresholds \(thresholds.rawValue)") }
    func most(_ limit: Int?, _ what: String) { if let limit { rows.append("\(what) \(limit)") } }
    func among(_ list: [Int]?, _ what: String) {
      if let list { rows.append("\(what) " + list.map(String.init).joined(separator: ", ")) }
    }
    most(weightBits, "weight bits")
    most(stateBits == 31 ? nil : stateBits, "bits of exact sums")
    most(largestKernel, "largest kernel")
    among(strides, "strides")
    among(poolingKernels, "pooling windows")
    most(channels, "channels")
    most(extent, "rows and columns")
    most(fanIn, "synapses of a neuron")
    most(populations, "populations")
    if order != .any { rows.append("layers in the order \(order.rawValue)") }
    return rows
  }
}
