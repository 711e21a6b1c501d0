"""How far a spiking network's answers lie from its CNN's, for several choices of options.

Prints the mean Kullback-Leibler divergence of the classes' probabilities, in thousandths of a nat with its standard
error, and how many inputs both put into the same class. It needs no labels, and tells choices apart that lose the
same accuracy. One half of the calibration data is fitted to; the other half and the test data are measured.

Usage: python scripts/divergence.py MODEL --calibrate FILE --data FILE [--scale N] [--limit N] [--schedule layerwise]
       [--timesteps 4,8,16] [--try="--margin 1.3 --per-layer"] ...
Needs: numpy, and a built spikec.
"""

import argparse
import pathlib
import subprocess
import tempfile

import numpy as np

SPIKEC = pathlib.Path(__file__).resolve().parent.parent / ".build/release/spikec"


def log_probabilities(outputs):
    """Of probabilities or of logits."""
    if outputs.min() >= 0 and np.allclose(outputs.sum(1), 1, atol=1e-3):
        return np.log(np.maximum(outputs, 1e-30))
    shifted = outputs - outputs.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def outputs(folder, model, scale, options):
    command = [SPIKEC, "run", model, "--input", folder / "measured.npz", "--output", folder / "outputs.npz"]
    subprocess.run([*command, "--scale", scale, *options], check=True, capture_output=True)
    with np.load(folder / "outputs.npz") as file:
        return log_probabilities(file[file.files[0]].astype(np.float64))


def split(folder, calibration, data, limit):
    with np.load(calibration) as first, np.load(data) as second:
        half = len(first["x"]) // 2
        np.savez(folder / "fitted.npz", x=first["x"][:half])
        np.savez(folder / "measured.npz", x=np.concatenate([first["x"][half:], second["x"][:limit]]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--calibrate", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--schedule", default="layerwise")
    parser.add_argument("--timesteps", default="4,8,16")
    parser.add_argument("--try", action="append", dest="options", metavar="OPTIONS")
    arguments = parser.parse_args()
    print(f"{'T':>3}  {'options':40}  {'divergence':>18}  same class %")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        split(folder, arguments.calibrate, arguments.data, arguments.limit)
        wanted = outputs(folder, arguments.model, arguments.scale, ["--stage", "analog"])
        for timesteps in arguments.timesteps.split(","):
            for options in arguments.options or [""]:
                found = outputs(
                    folder, arguments.model, arguments.scale,
                    ["--stage", "spiking", "--calibrate", folder / "fitted.npz", "--schedule",
                     arguments.schedule, "--timesteps", timesteps, *options.split()],
                )  # fmt: skip
                each = 1000 * (np.exp(wanted) * (wanted - found)).sum(1)
                error = each.std() / len(each) ** 0.5
                same = 100 * np.mean(wanted.argmax(1) == found.argmax(1))
                print(f"{timesteps:>3}  {options:40}  {each.mean():8.2f} ± {error:<7.2f}  {same:.2f}", flush=True)


if __name__ == "__main__":
    main()
