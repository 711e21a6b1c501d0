"""Imports, runs, evaluates and compiles every model of a corpus, and prints a table of what came out."""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

SPIKEC = pathlib.Path(__file__).resolve().parent.parent / ".build/release/spikec"
LARGEST_DIFFERENCE = 1e-4  # relative to the largest output
# Recorded with kernels as stored, though the backend that wrote the file rotates them.
AS_STORED = {"cifar_bn_cf_theano_keras204.h5.tfk.npz", "conv_reshape_keras213_theano.h5.tfk.npz"}
OPEN_SHAPES = {"mtcnn_pnet_prelu_keras220.h5": "32,32,3"}
HEAVY = {"vgg16_cifar10.h5": 200}  # SNNs that are evaluated on fewer images
C_IMAGES = 50


class Refused(Exception):
    """A diagnostic of spikec: exit code 1."""


def spikec(*arguments):
    done = subprocess.run(
        [SPIKEC, *map(str, arguments)], capture_output=True, text=True, timeout=1200
    )
    if done.returncode == 0:
        return
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    if done.returncode != 1 or len(errors) != 1:
        raise RuntimeError(f"spikec {arguments[0]} ended with {done.returncode}: {done.stderr}")
    raise Refused(done.stderr[done.stderr.index("error:") + 7 :].strip())


class Model:
    """One model of the corpus, and what came of it."""

    def __init__(self, entry, shared, limit, folder):
        self.name, self.entry, self.shared, self.folder = entry["name"], entry, shared, folder
        self.path = shared / "models" / self.name
        self.limit = min(limit, HEAVY.get(self.name, limit))
        self.shape = ["--input-shape", OPEN_SHAPES[self.name]] if self.name in OPEN_SHAPES else []
        self.row = collections.defaultdict(str)
        self.faults = []
        accuracy = entry.get("accuracy")
        self.dataset = accuracy["dataset"].split()[0] if accuracy else None
        self.coding = [
            f"--{option}={','.join(map(str, value)) if isinstance(value, list) else value}"
            for option, value in (accuracy["input"] if accuracy else {}).items()
        ]

    def outputs(self, archive):
        data = numpy.load(archive)
        return [data[name] for name in sorted(data.files) if name.startswith("y")]

    def inspect(self):
        report = self.folder / "inspect.json"
        spikec("inspect", self.path, *self.shape, "--json", report)
        report = json.loads(report.read_text())
        self.row["producer"] = report["producer"]
        counts = collections.Counter(
            layer["operation"] for layer in report["layers"] if layer["operation"] != "input"
        )
        self.row["became"] = ", ".join(f"{count} {name}" for name, count in counts.items())

    def references(self):
        names = [pathlib.Path(r).name for r in self.entry.get("reference") or []]
        return [self.shared / "models/reference" / name for name in names if name not in AS_STORED]

    def inputs(self, reference):
        """The inputs alone: beside labels, the C expects no other array called y."""
        path = self.folder / "inputs.npz"
        numpy.savez(path, x=numpy.load(reference)["x"])
        return path

    def compare(self):
        largest = None
        for reference in self.references():
            result = self.folder / "analog.npz"
            spikec("run", self.path, *self.shape, "--input", self.inputs(reference), "--output", result)
            for expected, got in zip(self.outputs(reference), self.outputs(result)):
                difference = numpy.abs(got.reshape(expected.shape) - expected).max()
                relative = float(difference / max(numpy.abs(expected).max(), 1e-30))
                largest = max(largest or 0, relative)
        self.row["difference"] = "-" if largest is None else f"{largest:.0e}"
        if largest is not None and not largest <= LARGEST_DIFFERENCE:
            self.faults.append(f"differs from its reference by {largest:.1e}")

    def data(self, kind):
        return self.shared / "data" / self.dataset.replace("test", kind)

    def count_right(self):
        """The accuracy of the CNN, on as many images as the recorded one."""
        expected = self.entry["accuracy"]["acc"]
        numbers = "".join(c for c in self.entry["accuracy"]["dataset"].split("(")[1] if c.isdigit())
        result = self.folder / "analog.npz"
        options = [*self.coding, "--input", self.data("test"), "--limit", numbers]
        spikec("run", self.path, *options, "--output", result)
        logits = self.outputs(result)[0].reshape(int(numbers), -1)
        labels = numpy.load(self.data("test"))["y"][: int(numbers)].reshape(-1)
        accuracy = float((logits.argmax(1) == labels).mean())
        self.row["cnn"] = f"{100 * accuracy:.2f}"
        self.row["expected"] = f"{100 * expected:.2f}"
        if abs(accuracy - expected) > 0.0006:
            self.faults.append(f"CNN accuracy {100 * accuracy:.2f}, recorded {100 * expected:.2f}")

    def evaluate(self):
        report = self.folder / "evaluate.json"
        options = ["--calibrate", self.data("calibration"), "--data", self.data("test")]
        limits = ["--limit", self.limit, "--timesteps", "64,256", "--json", report]
        spikec("evaluate", self.path, *self.coding, *options, *limits)
        report = json.loads(report.read_text())
        self.row["same"] = f"{report['cnn_accuracy']:.2f}"
        for line in report["evaluation"]:
            self.row[f"snn{line['timesteps']}"] = f"{line['accuracy']:.2f}"

    def compile(self):
        """Compiles to C, builds and runs it, and compares with the interpreter, output for output."""
        out, result = self.folder / "net", self.folder / "spiking.npz"
        if self.dataset:
            calibration, inputs = self.data("calibration"), self.data("test")
        else:
            calibration = inputs = self.inputs(self.references()[0])
        options = [*self.coding, *self.shape, "--calibrate", calibration]
        spikec("compile", self.path, *options, "-o", out)
        self.build(out, inputs)
        limits = ["--stage", "spiking", "--limit", C_IMAGES]
        spikec("run", self.path, *options, *limits, "--input", inputs, "--output", result)
        expected = numpy.concatenate(
            [y.reshape(len(y), -1) for y in self.outputs(result)], axis=1
        )
        got = numpy.load(out / "logits.npy").astype(expected.dtype)  # the C writes doubles
        same = numpy.array_equal(got.reshape(len(got), -1), expected)
        self.row["c"] = "agrees" if same else "DIFFERS"
        if not same:
            self.faults.append("the C and the interpreter differ")

    def build(self, out, inputs):
        run = [out / "net_main", inputs, "--limit", C_IMAGES, "--output", out / "logits.npy"]
        for command in (["make", "-C", out], run):
            done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"{command[0]}: {done.stderr}")

    def examine(self):
        steps = [self.inspect, self.compare]
        steps += [self.count_right, self.evaluate] if self.dataset else []
        steps += [self.compile] if self.dataset or self.references() else []
        done = "import"
        try:
            for step in steps:
                step()
                done = step.__name__
        except Refused as refusal:
            self.row["refusal"] = " ".join(
                line.strip() for line in str(refusal).replace(f"{self.path}: ", "").splitlines()
            )
            if not self.row["producer"]:
                self.row["became"] = "refused"
            else:
                self.row["c"] = "refused"
            if "note:" not in str(refusal):
                self.faults.append("a refusal that does not say what to do")
        except Exception as error:
            self.faults.append(f"after {done}: {error}")
        return self


HEADER = """# Every model of the corpus

Made by `scripts/corpus.sh > docs/corpus.md`, from public model files that are not part of this repository. Each file is
imported, run on recorded inputs, evaluated and compiled to C, which is built and run.

- *difference*: the largest difference from the outputs that the model's own framework gives, relative to the largest of them.
- *CNN*: the accuracy in percent of the imported network, and as it was measured with the model's own framework on the same images.
- *SNN*: the accuracy at T = 64 and 256, layerwise, weights of 8 bits, preset `best`, and of the CNN, on the first {limit} images
  ({heavy}).
- *C*: whether the program's outputs on {images} inputs equal those of `spikec run --stage spiking`, bit for bit.

| model | producer | became | difference | CNN | recorded | SNN 64 | SNN 256 | CNN, same | C |
|---|---|---|---|---|---|---|---|---|---|"""
COLUMNS = "producer became difference cnn expected snn64 snn256 same c".split()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=pathlib.Path, default=pathlib.Path("../shared"))
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("models", nargs="*")
    options = parser.parse_args()
    entries = json.loads((options.shared / "models/index.json").read_text())
    heavy = ", ".join(f"{name}: {count}" for name, count in HEAVY.items())
    print(HEADER.format(limit=f"{options.limit:,}", heavy=heavy, images=C_IMAGES), flush=True)
    models = []
    for entry in entries:
        if options.models and entry["name"] not in options.models:
            continue
        print(entry["name"], file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            model = Model(entry, options.shared, options.limit, pathlib.Path(folder)).examine()
        print("|", " | ".join([model.name] + [model.row[c] for c in COLUMNS]), "|", flush=True)
        models.append(model)
    print("\n## What is refused, and why\n")
    for model in models:
        if model.row["refusal"]:
            print(f"- **{model.name}**: {model.row['refusal']}")
    faults = [f"{model.name}: {fault}" for model in models for fault in model.faults]
    print(f"\n{len(models)} models, {len(faults)} faults.")
    for fault in faults:
        print(f"- {fault}")
    sys.exit(1 if faults else 0)


main()
