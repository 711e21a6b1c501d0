"""The layerwise networks beside the CNN itself and beside SpKeras, and how far that is from what
the machine can do."""

import json
import subprocess

import numpy as np

import emitted
import measure
import networks
import onnx_runtime
import spkeras
import torch_networks
from results import Bar, Section, Table

TIMESTEPS = (8, 64, 255, 256)
TEXT = """The CNN that a spiking network is made of runs in ONNX Runtime: in fp32, and in int8 as its guide to quantisation
advises (QDQ, static, per channel, calibrated on 200 images), all optimisations of the graph on. SpKeras' counts
are built of tf_keras layers as SpKeras builds them. `vgg_mini` has seven convolutions, four average poolings and a
dense layer, 41 million multiply-accumulates an image; `vgg16` has thirteen convolutions and 313 million.

From T = 64 on the sums of four pooled counts can pass 255, and from T = 256 on counts can. Few do: at T = 255, 17, 13 and
7 % of the quads of levels behind the three poolings of `vgg_mini` hold one, at T = 256 less than a thousandth behind
other populations. So with AVX-512 their low bytes go through the dot products of bytes (`vpdpbusd`), and what high bytes
there are is listed and added apart, instead of all of them taking dot products of 16 bits (`vpdpwssd`), half as many an
instruction. That took a third of the time away from `vgg_mini` and half from `vgg16` at T = 256, and a sixth at T = 64.
What T = 255 costs more than T = 8 is these additions (by `perf` a tenth of the time of `vgg_mini`, of which a fifth is
joining lists and the rest the dot products of the dozen quads of a window and what surrounds them), and the splitting of
levels into bytes (a fiftieth). Nothing foresees where a list ends: joining those of a window's rows, so that there is one
end and not three, took a third of the additions' time away. Tried without gain: to add every quad that is listed to all
outputs that it reaches, instead of outputs looking for quads (twice as slow), to look through each window anew, to fill the
lists of four windows up to one length, to join those of the next windows before, and to add to eight blocks of outputs at a
time. Tiles of eight pixels by one block of outputs instead of four by two gained nothing either. What gained: that GCC
keeps the sums in registers (a fifth of `vgg_mini` at T = 64), that it makes no copies of the kernels with short loops
unrolled (a fifth), and tiles that reach over rows of two and four pixels (an eighth of `vgg16`)."""
LIMITS = """The limit of a network is the larger of two times: its multiply-accumulates at the machine's peak for bytes, and
reading its weights once an image. Both peaks are measured by `Benchmarks/limits.c` in the same run."""


def field(network: emitted.Network, compiler: str) -> list:
    layers = networks.read(network.path)
    calibration = emitted.calibration_images(network.data, 200)
    result = [emitted.contender(network, "layerwise", t, compiler) for t in TIMESTEPS]
    folder = emitted.WORK / "onnxruntime" / network.name
    model = folder / "fp32.onnx"
    networks.write_onnx(layers, model)
    quantized = onnx_runtime.quantize(model, calibration, folder)
    result.append(onnx_runtime.contender(network.name, model, "fp32"))
    result.append(onnx_runtime.contender(network.name, quantized, "int8"))
    result.append(
        spkeras.contender(network.name, torch_networks.normalize(layers, calibration, 100), 64)
    )
    return result


def bars(network: str, measurements: list) -> list[Bar]:
    ours = {m.contender.timesteps: m.median for m in measurements if m.contender.kind == "ours"}
    medians = {m.contender.name: m.median for m in measurements if m.batch == 1}
    int8, fp32 = medians["ONNX Runtime int8"], medians["ONNX Runtime fp32"]
    result = []
    for t in TIMESTEPS:
        name = f"{network}, layerwise, T = {t}"
        result.append(Bar(f"{name}, to ONNX Runtime int8", ours[t] / int8, 1.5 if t > 255 else 1.0))
        if t < 256:
            result.append(Bar(f"{name}, to ONNX Runtime fp32", ours[t] / fp32, 0.45))
    result.append(Bar(f"{network}, layerwise, T = 255 to T = 8", ours[255] / ours[8], 1.1))
    return result


def limit_row(network: emitted.Network, milliseconds: float, compiler: str) -> list[str]:
    macs = emitted.multiply_accumulates(network)
    # At 8 bits each.
    weights = sum(x.weight.size for x in networks.read(network.path) if x.kind != "pool")
    program = emitted.WORK / "limits"
    source = emitted.ROOT / "Benchmarks" / "limits.c"
    subprocess.run([compiler, "-O3", "-march=native", "-o", program, source], check=True)
    found = json.loads(subprocess.run([program, str(weights)], capture_output=True).stdout)
    compute = 1e3 * macs / found["multiply_adds_per_second"]
    memory = 1e3 * weights / found["bytes_read_per_second"]
    return [
        network.name, f"{milliseconds:.3f}", f"{macs / 1e6:.1f} million",
        f"{found['multiply_adds_per_second'] / 1e9:.0f} G/s ({found['instruction']})",
        f"{compute:.3f} ({100 * compute / milliseconds:.0f} %)", f"{weights / 1e6:.2f} MB",
        f"{found['bytes_read_per_second'] / 1e9:.0f} GB/s "
        f"(copy: {found['bytes_copied_per_second'] / 1e9:.0f} GB/s)",
        f"{memory:.3f} ({100 * memory / milliseconds:.0f} %)",
    ]  # fmt: skip


def section(arguments) -> Section:
    test = np.load(emitted.SHARED / "data" / "cifar10_test.npz")
    result = Section("layerwise", "Layerwise, beside the CNN itself", TEXT + "\n\n" + LIMITS)
    limits = []
    plan = [(emitted.VGG_MINI, 64, arguments.rounds), (emitted.VGG16, 64, arguments.rounds // 3)]
    for network, images, rounds in plan:
        measurements = measure.interleave(
            field(network, arguments.compiler), test["x"][:images], max(rounds, 3)
        )
        count = 1000 if network is emitted.VGG_MINI else 500
        measure.judge(measurements, test["x"][:count], test["y"][:count])
        result.tables.append(measure.table(measurements))
        result.points += [m.point for m in measurements]
        result.bars += bars(network.name, measurements)
        best = next(m.median for m in measurements if m.contender.timesteps == 64)
        limits.append(limit_row(network, best, arguments.compiler))
    head = [
        "network", "ms, T = 64", "multiply-accumulates", "peak", "ms at that (fraction reached)",
        "weights", "read", "ms at that (fraction)",
    ]  # fmt: skip
    result.tables.append(Table(head, limits))
    return result
