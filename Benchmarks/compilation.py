"""How long compiling takes, and how much memory, beside the CNN's own time on the calibration images;
and how long an evaluation takes, which compiles many times."""

import os
import statistics
import subprocess
import sys
import time

import numpy as np

import emitted
import networks
import onnx_runtime
from results import Bar, Section, Table

TEXT = """`spikec compile` to C, as a process of its own on all cores, calibrated on 1,000 images with the default passes.
ONNX Runtime runs the fp32 CNN on the same images in batches of 64. Import and emit are what compiling takes with two
images. Memory is the largest resident set. Evaluating compiles the network for both schedules and six T, each with scales
and membranes fitted to it, has the C of all twelve compiled, and runs that and the CNN on the 3,000 test images. By `perf`,
two fifths of the processors' time go to the compiled networks, three tenths to the fit of membranes, which tries starts and
gains in simulation (more than half of it are matrix products), a seventh to the C compiler, and less than a tenth to the
CNN. Up to T = 16 the pipelined network is fitted two or three times, to choose its scales by the whole network; its code is
compiled once, as only constants differ, while the next scales are fitted. C for short runs is compiled with `-O1`, and the
CNN's answers are computed once for all choices of a T.

Of compiling vgg_mini for the layerwise schedule, half the processors' time is OpenBLAS's matrix products, a seventh the
ranges and histograms of all activations, and a fourteenth the copies that make matrices of windows (im2col). By the clock,
half is the CNN on the calibration images, a third the fit of membranes and the mean levels that correct rounding, on 128 of
them, and a fifth is done on one core: start, import, checks and the text of the C. The products themselves reach nine
tenths of what ONNX Runtime does on a core; what it spares are the copies, those of windows and OpenBLAS's own of both
factors, and all that only a compiler looks for. More samples in a product (weights are copied for each), histograms
without waits on equal bins, and mean levels as products in place of single levels took a quarter to a third off. OpenBLAS
chooses its kernels for the processor itself: with those of a processor without AVX-512 the same takes a third longer."""
EVALUATED = "2,4,8,16,32,64"


def compile(network: emitted.Network, schedule: str, images: int) -> tuple[float, float]:
    """Seconds and megabytes (of 10^6 bytes)."""
    return run(
        "compile", network.path, "--calibrate", network.calibration(images), "--scale", network.scale,
        "--timesteps", 64, "--schedule", schedule, "--name", "net", "-o", emitted.WORK / "compiled",
    )  # fmt: skip


def evaluate(network: emitted.Network) -> tuple[float, float]:
    """As `compile`, for an evaluation by both schedules."""
    data = emitted.SHARED / "data"
    return run(
        "evaluate", network.path, "--calibrate", data / f"{network.data}_calibration.npz",
        "--scale", network.scale, "--data", data / f"{network.data}_test.npz",
        "--timesteps", EVALUATED, "--schedule", "both",
    )  # fmt: skip


# A process starts with the resident set of the one that it was forked from on its account, and this one's is large: so a
# small one starts spikec, and says how many seconds and kilobytes it took.
MEASURE = """import os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(time.perf_counter() - start, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))"""


def run(*arguments) -> tuple[float, float]:
    command = [sys.executable, "-c", MEASURE, emitted.SPIKEC, *arguments]
    printed = subprocess.run(
        [str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, env=emitted.ENVIRONMENT
    ).stdout
    seconds, kilobytes = printed.split()
    return float(seconds), int(kilobytes) * 1024 / 1e6


def inference(network: emitted.Network, threads: int, images: np.ndarray) -> float:
    """Seconds that ONNX Runtime takes for the images in fp32."""
    model = emitted.WORK / "onnxruntime" / network.name / "fp32.onnx"
    networks.write_onnx(networks.read(network.path), model)
    session = onnx_runtime.session(model, threads)
    batches = [onnx_runtime.prepare(images[i : i + 64]) for i in range(0, len(images), 64)]
    session.run(None, {"x": batches[0]})
    start = time.perf_counter()
    for batch in batches:
        session.run(None, {"x": batch})
    return time.perf_counter() - start


def section(arguments) -> Section:
    cores = len(os.sched_getaffinity(0))
    result = Section("compilation", "Compiling", TEXT)
    rows = []
    plan = [(emitted.VGG_MINI, 3, ("layerwise", "pipelined")), (emitted.VGG16, 1, ("layerwise",))]
    for network, rounds, schedules in plan:
        images = emitted.calibration_images(network.data, 1000)
        found: dict[str, list] = {}
        for number in range(rounds):
            # Fitting membranes to a time loop takes long: once is enough.
            for schedule in schedules if number == 0 else schedules[:1]:
                found.setdefault(schedule, []).append(compile(network, schedule, 1000))
            found.setdefault("import and emit", []).append(compile(network, "layerwise", 2))
            for threads in sorted({1, cores}):
                seconds = inference(network, threads, images)
                found.setdefault(f"ONNX Runtime, threads: {threads}", []).append((seconds, None))
        seconds = {what: statistics.median(x[0] for x in runs) for what, runs in found.items()}
        memory = max(x[1] for schedule in schedules for x in found[schedule])
        for what, runs in found.items():
            megabytes = "" if runs[0][1] is None else f"{max(x[1] for x in runs):.0f}"
            rows.append([network.name, what, f"{seconds[what]:.2f}", megabytes])
        result.bars += bars(network, seconds, memory, cores)
    seconds, megabytes = evaluate(emitted.VGG_MINI)
    rows.append(["vgg_mini", f"evaluate, T = {EVALUATED}", f"{seconds:.2f}", f"{megabytes:.0f}"])
    result.bars.append(Bar("vgg_mini, evaluate, 3,000 images, 6 T, 2 schedules", seconds, 60, " s"))
    result.tables.append(Table(["network", "", "seconds", "peak memory, MB"], rows))
    return result


def bars(network, seconds: dict, memory: float, cores: int) -> list[Bar]:
    result = []
    if network is emitted.VGG_MINI:
        layerwise = seconds["layerwise"]
        result.append(Bar("vgg_mini, compile, 1,000 images", layerwise, 2.0, " s"))
        for threads in sorted({1, cores}):
            allowed = 1.5 * seconds[f"ONNX Runtime, threads: {threads}"] + 0.5
            what = f"vgg_mini, compile, to 1.5 times ONNX Runtime ({threads} threads) plus 0.5 s"
            result.append(Bar(what, layerwise, allowed, " s"))
    else:
        result.append(Bar(f"{network.name}, import and emit", seconds["import and emit"], 3.0, " s"))
    size = network.path.stat().st_size / 1e6
    name = f"{network.name}, peak memory, to 2.5 times the file's size plus 300 MB"
    result.append(Bar(name, memory, 2.5 * size + 300, " MB"))
    return result
