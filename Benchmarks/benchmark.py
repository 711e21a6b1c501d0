"""Measures the emitted C beside its peers, and writes docs/benchmarks.{json,svg,md}."""

import argparse
import pathlib
import subprocess

import numpy as np

import emitted
import measure
import onnx_runtime
import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
SCHEDULES = [("layerwise", 8), ("layerwise", 64), ("layerwise", 255), ("layerwise", 256),
             ("pipelined", 64), ("pipelined", 256)]  # fmt: skip


def contenders(arguments, calibration: np.ndarray) -> list:
    models = SHARED / "models"
    version = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    compiler = subprocess.run(
        [arguments.compiler, "--version"], capture_output=True, text=True
    ).stdout.split("\n")[0]
    result = []
    for schedule, timesteps in SCHEDULES:
        library = emitted.build(
            models / "vgg_mini_cifar10.h5", SHARED / "data" / "cifar10_calibration.npz",
            schedule, timesteps, arguments.compiler,
        )  # fmt: skip
        result.append(emitted.contender(library, schedule, timesteps, f"{version}, {compiler}"))
    network = models / "vgg_mini_cifar10.onnx"
    quantized = onnx_runtime.quantize(network, calibration, emitted.WORK / "onnxruntime")
    result.append(onnx_runtime.contender(network, "fp32"))
    result.append(onnx_runtime.contender(quantized, "int8"))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="how often each is measured")
    parser.add_argument("--images", type=int, default=64, help="images a measurement")
    parser.add_argument("--accuracy", type=int, default=1000, help="images for the accuracy")
    parser.add_argument("--compiler", default="cc", help="the C compiler")
    parser.add_argument("--output", default=str(ROOT / "docs"), help="the folder to write to")
    arguments = parser.parse_args()
    if not SHARED.is_dir():
        parser.error(f"the networks and images are looked for in {SHARED}, which is not there")

    calibration = np.load(SHARED / "data" / "cifar10_calibration.npz")["x"][:200]
    test = np.load(SHARED / "data" / "cifar10_test.npz")
    field = contenders(arguments, calibration)
    measurements = measure.interleave(field, test["x"][: arguments.images], arguments.rounds)
    images, labels = test["x"][: arguments.accuracy], test["y"][: arguments.accuracy]
    accuracies = {c.name: measure.accuracy(c, images, labels) for c in field}
    report.write(pathlib.Path(arguments.output), measurements, accuracies, arguments)


if __name__ == "__main__":
    main()
