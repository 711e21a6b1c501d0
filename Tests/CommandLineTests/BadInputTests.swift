import Foundation
import TestSupport
import Testing

/// Whatever is wrong is said in one line with notes under it, with exit code 1, and nothing is
/// written.
@Suite struct BadInputTests {
  /// A wrong command line and a part of what must be said about it.
  struct Case: CustomTestStringConvertible, Sendable {
    var arguments: [String]
    var says: String
    var testDescription: String { arguments.joined(separator: " ") }

    init(_ arguments: [String], _ says: String) {
      self.arguments = arguments
      self.says = says
    }
  }

  /// A compilation of `model` that would write `out`.
  private static func model(_ model: String, _ says: String) -> Case {
    Case(Digits.compile(model, to: "out"), says)
  }

  /// A compilation of the digits with some options more.
  private static func options(_ more: [String], _ says: String) -> Case {
    Case(Digits.compile(to: "out") + more, says)
  }

  private static func calibration(_ data: String, _ says: String) -> Case {
    Case(
      ["compile", Digits.model, "--calibrate", data, "--scale", "16", "-o", "out"], says)
  }

  private static func evaluation(_ data: String, _ says: String) -> Case {
    Case(["evaluate", Digits.model] + Digits.calibration + ["--data", data], says)
  }

  static let models = [
    model("missing.h5", "missing.h5: no such file"),
    model("truncated.h5", "truncated.h5: truncated or corrupt HDF5 file"),
    model("corrupt.h5", "corrupt.h5: "), model("empty.h5", "empty.h5: is empty"),
    model("text.h5", "text.h5: is no model file"),
    model("page.h5", "page.h5: starts like an HTML page"),
    model("folder", "folder: is a folder"), model("good.npy", "good.npy: is no model file"),
    model("config.h5", "config.h5: "), model("weights.h5", "weights.h5: "),
    model("nan.h5", "nan.h5: layer 'conv1': the weight digits/conv1/kernel contains NaN"),
    model("missing.spk", "missing.spk: "),
    model("broken.spk", "broken.spk: "),
    Case(["opt", Digits.model], "is not the text of an IR dump"),
    Case(["inspect", "missing.h5"], "missing.h5: no such file"),
  ]

  static let data = [
    calibration("missing.npz", "missing.npz: no such file"),
    calibration("truncated.npz", "truncated.npz: is not an .npz"),
    calibration("corrupt.npz", "corrupt.npz: x: "),
    calibration("truncated.npy", "truncated.npy: has 2872 bytes"),
    calibration("text.npy", "has elements of type"),
    calibration("folder", "folder: is a folder"),
    calibration(Digits.model, "is not an .npy"),
    calibration("shape.npz", "shape.npz: its inputs have shape [9, 9, 1], the network takes"),
    calibration("nan.npz", "nan.npz: input 3 holds NaN or infinity"),
    calibration("zeros.npz", "zeros.npz: its inputs are all zero"),
    calibration("none.npz", "none.npz: x: has shape [0, 8, 8, 1]"),
    Case(["compile", Digits.model, "-o", "out"], "needs calibration data"),
    evaluation("unlabelled.npz", "unlabelled.npz: it holds no labels"),
    evaluation("good.npy", "good.npy: it holds no labels"),
    evaluation("short.npz", "short.npz: y: has shape [3]"),
    evaluation("range.npz", "range.npz: the labels go up to 14, the network has 10 outputs"),
    evaluation("negative.npz", "negative.npz: y: expected whole numbers from 0"),
    Case(
      ["run", Digits.model, "--input", "shape.npz", "--output", "out"],
      "shape.npz: its inputs have shape"),
  ]

  static let numbers = [
    options(["--target", "nors"], "did you mean 'norse'?"),
    options(["--target", "norse", "--schedule", "layerwise"], "have no layerwise schedule"),
    options(["--emit", "nir"], "a NIR file ends with .nir"),
    options(["--emit", "sonata"], "coded as levels, which are no spikes"),
    options(["--class-names", "text.npy"], "--class-names is for --emit nir"),
    options(["--split-neurons", "auto", "--target", "norse"], "are for target 'generic'"),
    options(["--split-neurons", "relu9"], "no population is called 'relu9'"),
    options(["--copies", "1"], "--copies must be from 2 to 127"),
    options(["--headroom", "0.5"], "--headroom must be from 1 to 16"),
    options(["--timesteps", "0"], "--timesteps must be from 1 to 65535, not 0"),
    options(["--timesteps", "100000"], "--timesteps must be from 1 to 65535"),
    options(["--timesteps", "65535", "--weight-bits", "16"], "cannot be proven to fit 32 bits"),
    options(["--timesteps", "many"], "'many' is invalid for '--timesteps"),
    options(["--mean", "1,2"], "which fits no axis of f32[8x8x1]"),
    options(["--mean", "a"], "--mean takes numbers separated by commas, not 'a'"),
    options(["--mean", "-1,2", "--std", "1,2,3"], "--mean has 2 numbers and --std 3"),
    options(["--std", "0"], "--std takes numbers above 0"),
    options(["--scale", "0"], "--scale must be above 0"),
    options(["--weight-bits", "99"], "--weight-bits must be from 2 to 16"),
    options(["--percentile", "nan"], "--percentile must be from 1 to 100"),
    options(["--threshold-residuals", "2"], "--threshold-residuals must be from 0 to 1"),
    options(["--seed=-1", "--input", "poisson"], "option 'seed'"),
    Case(
      evaluation(Digits.test, "").arguments + ["--limit", "0"], "--limit must be above 0, not 0"),
    Case(
      evaluation(Digits.test, "").arguments + ["--timesteps", "4,"],
      "--timesteps takes whole numbers separated by commas"),
  ]

  static let names = [
    Case(["compil"], "there is no command 'compil'"),
    Case(["compile"], "missing expected argument"),
    Case(["passes", "x"], "unexpected argument 'x'"),
    Case(["compile", Digits.model], "name what to write with -o"),
    options(["--tmesteps", "3"], "Did you mean '--timesteps'"),
    options(["--emit", "nri"], "'nri' is invalid for '--emit"),
    options(["--emit", "ir"], "an IR file ends with .spk"),
    options(["--stop-after", "canonicalize"], "give --emit ir"),
    options(["--precision", "float"], "leave out --precision float"),
    options(["--print-ir-after", "fold-batchnorm"], "there is no pass 'fold-batchnorm'"),
    options(["--passes", "fold-batchnorm"], "did you mean 'fold-batch-norm'?"),
    options(["--passes", "canonicalize{"], "no closing '}'"),
    options(["--passes", "canonicalize{a}"], "'a' is no option=value"),
    options(["--passes", "canonicalize{a=b}"], "pass 'canonicalize' has no option 'a'"),
    options(["--passes", "canonicalize,,hoist-relu"], "a pass is missing beside a ','"),
    options(["--passes", "canonicalize,"], "a pass is missing beside a ','"),
    options(["--passes", "canonicalize"], "has not been quantised"),
    options(["--passes", "lower-to-spiking,canonicalize"], "run fold-batch-norm before it"),
    options(["--passes", "fold-batch-norm{epsilon=most}"], "must be one of own, ignored"),
    Case(
      [
        "compile", Digits.model, "--stop-after", "fold-batch-norn", "--emit", "ir", "-o", "out.spk",
      ],
      "did you mean 'fold-batch-norm'?"),
  ]

  static let places = [
    Case(Digits.compile(to: "good.npy"), "good.npy is a file, not a folder"),
    Case(Digits.compile(to: "good.npy/out"), "good.npy is a file, not a folder"),
    Case(Digits.compile(to: "none/out.spk", ["--emit", "ir"]), "there is no folder"),
    Case(Digits.compile(to: "folder.spk/", ["--emit", "ir"]), "an IR file ends with .spk"),
    options(["--dump-ir", "good.npy"], "good.npy: the dumps cannot be written"),
    options(["--json", "none/x.json"], "there is no folder"),
    options(["--json", "folder"], "folder: is a folder"),
    Case(
      ["run", Digits.model, "--input", Digits.test, "--output", "out.npy"],
      "out.npy: outputs are written as an .npz archive"),
    Case(
      ["run", Digits.model, "--input", Digits.test, "--output", "none/out.npz"],
      "there is no folder"),
  ]

  @Test(arguments: models + data + numbers + names + places)
  func oneLineSaysWhatAndWhere(_ wrong: Case) throws {
    try withTemporaryFolder { folder in
      for name in try FileManager.default.contentsOfDirectory(atPath: BadFiles.folder.path) {
        try FileManager.default.createSymbolicLink(
          at: folder.appendingPathComponent(name),
          withDestinationURL: BadFiles.folder.appendingPathComponent(name))
      }
      let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      let run = try Spikec.run(wrong.arguments, in: folder)
      #expect(run.exitCode == 1)
      #expect(run.output == "")
      #expect(run.errors.contains(wrong.says), "\(run.errors)")
      let errors = run.errorLines.filter { !$0.hasPrefix("  note: ") }
      #expect(errors.count == 1 && errors[0].hasPrefix("spikec: error: "), "\(run.errors)")
      let after = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(after.sorted() == before.sorted(), "nothing is left behind")
    }
  }
}
