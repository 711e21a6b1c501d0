"""The C that spikec emits, compiled as its own Makefile does, and called in this process."""

import ctypes
import pathlib
import subprocess

import numpy as np

from contender import Contender

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".build" / "bench"
SOURCES = ["net.c", "net_weights.c", str(ROOT / "Benchmarks" / "network.c")]


def spikec(*arguments: str) -> None:
    command = [str(ROOT / ".build" / "release" / "spikec"), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def build(
    model: pathlib.Path, calibration: pathlib.Path, schedule: str, timesteps: int, compiler: str
) -> pathlib.Path:
    """Compiles the network and gives the path of its shared library."""
    folder = WORK / f"{model.stem}-{schedule}-{timesteps}"
    spikec(
        "compile", str(model), "--calibrate", str(calibration), "--scale", "255",
        "--timesteps", str(timesteps), "--schedule", schedule, "--name", "net", "-o", str(folder),
    )  # fmt: skip
    library = folder / "net.so"
    flags = ["-std=c99", "-O3", "-march=native", "-shared", "-fPIC", "-I", "."]
    subprocess.run([compiler, *flags, "-o", library.name, *SOURCES, "-lm"], cwd=folder, check=True)
    return library


def contender(library: pathlib.Path, schedule: str, timesteps: int, version: str) -> Contender:
    code = ctypes.CDLL(str(library))
    for name in ["bench_state_bytes", "bench_weight_bytes"]:
        getattr(code, name).restype = ctypes.c_size_t
    # Both aligned to cache lines, as memory from any large allocation is to pages.
    state = aligned(code.bench_state_bytes())
    weights = aligned(code.bench_weight_bytes())
    if len(weights):
        weights[:] = np.fromfile(library.parent / "net.weights", np.uint8)
    pointer = lambda array: array.ctypes.data_as(ctypes.c_void_p)  # noqa: E731
    code.bench_init(pointer(state), pointer(weights) if len(weights) else None)

    def run(images: np.ndarray) -> np.ndarray:
        logits = np.empty((len(images), 10))
        code.bench_run(
            pointer(state), pointer(images), ctypes.c_size_t(len(images)), pointer(logits)
        )
        return logits

    # The closure keeps the buffers alive.
    run.buffers = (state, weights)
    return Contender(
        f"spikec {schedule}, T = {timesteps}", "ours", version, timesteps, (1,),
        np.ascontiguousarray, run,
    )  # fmt: skip


def aligned(size: int) -> np.ndarray:
    block = np.zeros(size + 64, np.uint8)
    start = -block.ctypes.data % 64
    return block[start : start + size]
