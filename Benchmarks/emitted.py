"""The C that spikec emits, compiled as its own Makefile does, and called in this process."""

import ctypes
import dataclasses
import functools
import json
import os
import pathlib
import subprocess

import numpy as np

from contender import Contender

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
WORK = ROOT / ".build" / "bench"
SPIKEC = pathlib.Path(os.environ.get("SPIKEC", ROOT / ".build" / "release" / "spikec"))
SOURCES = ["net.c", "net_weights.c", str(ROOT / "Benchmarks" / "network.c")]
# Programs of their own are not held to one thread as this process is, and OpenBLAS chooses the kernels for the processor
# in them, as ONNX Runtime does.
HELD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in HELD}


@dataclasses.dataclass(frozen=True)
class Network:
    """A network of ../shared; `scale` and `mean` tell how bytes become its inputs. So many images
    calibrate it where compiling is not what is measured."""

    name: str
    model: str
    data: str = "cifar10"
    scale: float = 255
    mean: float = 0
    images: int = 100

    @property
    def path(self) -> pathlib.Path:
        return SHARED / "models" / self.model

    def calibration(self, count: int) -> pathlib.Path:
        """A file of that many calibration images; random ones where there are none."""
        file = WORK / "data" / f"{self.data}-{count}.npz"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(file, x=calibration_images(self.data, count))
        return file


VGG_MINI = Network("vgg_mini", "vgg_mini_cifar10.h5")
VGG16 = Network("vgg16", "vgg16_cifar10.h5", images=32)
RESNET8 = Network("ResNet8", "cifar_resnet8_mlperf_tf240.h5", scale=1)
MOBILENET = Network("MobileNet 96", "mobilenet96_imagenet_tf290.h5", "random96", 127.5, 1)


def calibration_images(data: str, count: int) -> np.ndarray:
    if data == "random96":
        return np.random.default_rng(0).integers(0, 256, (count, 96, 96, 3), np.uint8)
    return np.load(SHARED / "data" / f"{data}_calibration.npz")["x"][:count]


def version(compiler: str) -> str:
    """That of the compiler and of the C compiler behind it."""
    command = ["git", "describe", "--always", "--dirty"]
    own = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    if "SPIKEC" in os.environ:
        own = "another build"
    command = [compiler, "--version"]
    other = subprocess.run(command, capture_output=True, text=True).stdout.split("\n")[0]
    return f"{own}, {other}"


class Refused(Exception):
    """What spikec said of a network that it does not compile."""


@functools.cache
def compile(
    network: Network, schedule: str, timesteps: int, calibration: pathlib.Path | None = None,
    scale: float | None = None, folder: str | None = None,
) -> pathlib.Path:  # fmt: skip
    """Writes the network's C and gives its folder."""
    place = WORK / (folder or f"{network.name.replace(' ', '')}-{schedule}-{timesteps}")
    command = [
        SPIKEC, "compile", network.path, "--calibrate", calibration or network.calibration(network.images),
        "--scale", scale or network.scale, "--mean", network.mean, "--timesteps", timesteps,
        "--schedule", schedule, "--name", "net", "-o", place,
    ]  # fmt: skip
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, env=ENVIRONMENT
    )
    if done.returncode != 0:
        raise Refused(done.stderr.strip().split("\n")[0])
    return place


def multiply_accumulates(network: Network) -> int:
    """Of the CNN, for one image."""
    file = WORK / "inspect.json"
    subprocess.run(
        [SPIKEC, "inspect", network.path, "--json", file], check=True, stdout=subprocess.DEVNULL
    )
    return json.loads(file.read_text())["multiply_accumulates"]


class Library:
    """An emitted network in this process; not for several threads at a time."""

    def __init__(self, folder: pathlib.Path, compiler: str = "cc"):
        path = folder / "net.so"
        flags = ["-std=c99", "-O3", "-march=native", "-shared", "-fPIC", "-I", "."]
        subprocess.run([compiler, *flags, "-o", path.name, *SOURCES, "-lm"], cwd=folder, check=True)
        self.code = ctypes.CDLL(str(path))
        for name in ["state_bytes", "weight_bytes", "input_count", "output_count"]:
            getattr(self.code, f"bench_{name}").restype = ctypes.c_size_t
        self.code.bench_spikes.restype = ctypes.c_double
        self.outputs = self.code.bench_output_count()
        # Both aligned to cache lines, as memory from any large allocation is to pages.
        self.state = aligned(self.code.bench_state_bytes())
        self.weights = aligned(self.code.bench_weight_bytes())
        if len(self.weights):
            self.weights[:] = np.fromfile(folder / "net.weights", np.uint8)
        weights = pointer(self.weights) if len(self.weights) else None
        self.code.bench_init(pointer(self.state), weights)

    def run(self, images: np.ndarray, timesteps: int) -> np.ndarray:
        """Logits [N, outputs]. `images` are contiguous bytes; `timesteps` counts when pipelined."""
        logits = np.empty((len(images), self.outputs))
        self.code.bench_run(
            pointer(self.state), pointer(images), ctypes.c_size_t(len(images)),
            ctypes.c_int(timesteps), pointer(logits),
        )  # fmt: skip
        return logits

    def spikes(self, image: np.ndarray, timesteps: int) -> float:
        """Of all populations, for one image."""
        return self.code.bench_spikes(pointer(self.state), pointer(image), ctypes.c_int(timesteps))


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def aligned(size: int) -> np.ndarray:
    block = np.zeros(size + 64, np.uint8)
    start = -block.ctypes.data % 64
    return block[start : start + size]


def contender(
    network: Network, schedule: str, timesteps: int, compiler: str, batches: tuple[int, ...] = (1,)
) -> Contender:
    library = Library(compile(network, schedule, timesteps), compiler)
    return Contender(
        f"spikec {schedule}, T = {timesteps}", network.name, "ours", version(compiler), timesteps,
        batches, np.ascontiguousarray, lambda images: library.run(images, timesteps),
    )  # fmt: skip
