"""The pipelined networks beside spiking libraries."""

import dataclasses
import functools
import os

import numpy as np
import torch

import emitted
import measure
import networks
import spiking_peers
import torch_networks
from results import Bar, Section, Table

TEXT = """Each library runs the same network as its documentation runs a converted one: float32, integrate and fire, reset by
subtraction, no gradients, one thread, channels-last memory, weights normalised by the 99.9th percentile. The first
convolution of a still image is computed once, not at every timestep. Batches of 1, 8 and 32 images are tried at
T = 64 on `vgg_mini`; each library then runs at its best batch size (8 at most where a batch would take a minute). The
libraries' accuracy is that on the images that were timed, in each of which they all see the same spikes. Single images
go to spikec."""
FIRING = """The cost of spikes: the same network is calibrated on images twice as bright, so that its neurons fire about half as
often on the same values. Saved is compared with what halving would save if saving is proportional to spikes."""
PROFILE = """Where the time goes in `vgg_mini`, from the time stamp counter around each layer (AVX-512, Zen 5): an output pixel's list
at a timestep takes about 20, 28 and 59 cycles in layers of 32, 64 and 128 outputs, whatever is in it, and 0.8, 1.0 and
2.1 for each entry, about what its loads and additions take at two and four a cycle. At the rates measured here that is two
fifths and three fifths of the time: spikes of a pixel's window are joined, and membranes get their bias and are compared
with the threshold, also where nothing came; three timesteps in four are filled up to the longest list of the four that are
summed together, which adds a fifth of the entries, and more where lists are short. So saving stays behind the spikes.

Where more than about one input in eight spikes, sums are looked up (`spikec_tables.h`): an instruction finds what 16
channels of 16 pixels drive of an output, another one adds it, both in 0.75 cycles of the processor, which is 340 binary
multiply-adds a cycle, where dot products of bytes do 120. That took three tenths of the time of the first layer of
`vgg_mini` that gets spikes away, half of the two widest ones of ResNet8, and does not follow spikes at all: the more is
looked up, the less fewer spikes save. A fifth of such a layer's time is what neurons do with their sums. All layers as dot
products would take as long as the layerwise network does, 64 times, which is more than twice as long. What is left of
`vgg_mini`, layer by layer in thousands of ticks of 2.6 GHz: 210 the first population, 1,840 the looked-up layer, 1,600,
1,070, 940, 520 and 280 the other five, of which the first, third and fifth get sums of four pooled spikes, which no table
of 16 sums holds: 20 times a library's speed would be 4,500 for all. Tables of 32 sums (`vpermi2b`) hold those of two pooled
inputs or of five spikes, and take 1.05 cycles: no gain over dot products, and none over tables of 16.

Layers of 512 outputs wait for memory: the rows of weights that entries name lie anywhere in 0.6 MB. That each tile's
weights are fetched in order, before its entries ask for them, halves the time of these layers of `vgg16`. Tried without
gain: one copy of the event kernels for all geometries (a quarter slower); the spikes of a column of pixels added to all
outputs of a row that see it at once, whose sums move on in registers (a sixth faster for 64 outputs behind a pooling, up
to a fifth slower elsewhere, as their shorter lists are filled up more); membranes compared by their sign, for fewer steps
in turn. Bias added where sums begin, instead of at every firing: 1 %. Two entries by one load: 2 %."""
SEARCH = (1, 8, 32)


def library(name: str) -> str:
    return name.split(",")[0]


def best_batches(layers, images) -> dict[str, int]:
    """For each library the mode and batch size that is fastest, from one run each."""
    best: dict[str, tuple[float, str, int]] = {}
    for contender in spiking_peers.contenders("", layers, 64, SEARCH):
        for size in SEARCH:
            batch = contender.prepare(images[:size])
            if size == 1:
                measure.once(contender.run, [batch])
            found = (measure.once(contender.run, [batch]), contender.name, size)
            if found < best.get(library(contender.name), (float("inf"), "", 0)):
                best[library(contender.name)] = found
    return {name: size for _, name, size in best.values()}


def peers(network: str, layers, timesteps: int, batches: dict[str, int], largest: int) -> list:
    result = []
    for contender in spiking_peers.contenders(network, layers, timesteps, ()):
        if contender.name in batches:
            contender.batches = (min(batches[contender.name], largest),)
            contender.name = f"{contender.name}, T = {timesteps}"
            result.append(contender)
    return result


def compare(network, layers, timesteps, batches, largest, rounds, test, arguments) -> list:
    """Ours and the peers, interleaved; each sees one batch a round."""
    ours = emitted.contender(network, "pipelined", timesteps, arguments.compiler)
    field = [ours, *peers(network.name, layers, timesteps, batches, largest)]
    measurements = []
    for contender in field:
        size = contender.batches[0]
        prepared = contender.prepare(test["x"][: max(size, 8 if contender is ours else 1)])
        logits = contender.run(prepared)
        right = float((np.asarray(logits).argmax(1) == test["y"][: len(logits)]).mean())
        measurements.append((measure.Measurement(contender, size, [], right, len(logits)), prepared))
    for number in range(rounds):
        for i in np.random.default_rng(number).permutation(len(measurements)):
            measurement, prepared = measurements[i]
            batches_run = list(prepared[:, None]) if measurement.contender is ours else [prepared]
            measurement.milliseconds.append(measure.once(measurement.contender.run, batches_run))
    result = [measurement for measurement, _ in measurements]
    # So that it takes seconds.
    count = 500 if (network, timesteps) == (emitted.VGG_MINI, 64) else 50
    measure.judge(result[:1], test["x"][:count], test["y"][:count])
    return result


def bar(network: str, timesteps: int, measurements: list) -> Bar:
    ours, *others = measurements
    fastest = min(
        (m for m in others if "plain" not in m.contender.name), key=lambda m: m.median
    )  # fmt: skip
    return Bar(
        f"{network}, pipelined, T = {timesteps}: times faster than {fastest.contender.name}, "
        f"batch {fastest.batch}",
        fastest.median / ours.median, 20, at_least=True,
    )  # fmt: skip


def firing_rate(test: np.ndarray, compiler: str) -> tuple[Table, list[Bar]]:
    network, timesteps, rows, found = emitted.VGG_MINI, 64, [], []
    # Calibrated as if each byte were worth twice as much, then fed half of it.
    plans = [("as calibrated", 255, test), ("twice as bright", 127.5, test // 2)]
    libraries = []
    for name, scale, images in plans:
        folder = emitted.compile(
            network, "pipelined", timesteps, scale=scale, folder=f"firing-{scale}"
        )
        libraries.append((name, emitted.Library(folder, compiler), np.ascontiguousarray(images)))
    times: dict[str, list[float]] = {name: [] for name, _, _ in libraries}
    for _ in range(10):
        for name, ready, images in libraries:
            run = functools.partial(ready.run, timesteps=timesteps)
            times[name].append(measure.once(run, list(images[:8, None])))
    for name, ready, images in libraries:
        spikes = float(np.mean([ready.spikes(image, timesteps) for image in images[:8]]))
        found.append((spikes, float(np.median(times[name]))))
        rows.append([name, f"{spikes:.0f}", f"{found[-1][1]:.3f}"])
    spikes, milliseconds = (found[1][i] / found[0][i] for i in (0, 1))
    saved, expected = 100 * (1 - milliseconds), 35 * (1 - spikes) / 0.5
    title = f"vgg_mini, pipelined, T = 64: saved with {100 * spikes:.0f} % of the spikes"
    table = Table(["calibration", "spikes per image", "ms per image"], rows)
    return table, [Bar(title, saved, expected, " %", at_least=True)]


def section(arguments) -> Section:
    torch.set_num_threads(1)
    data = np.load(emitted.SHARED / "data" / "cifar10_test.npz")
    test = {"x": data["x"][:1000], "y": data["y"][:1000]}
    result = Section("pipelined", "Pipelined, beside spiking libraries", f"{TEXT}\n\n{FIRING}\n\n{PROFILE}")
    batches: dict[str, int] = {}
    table, bars = firing_rate(test["x"], arguments.compiler)
    for network, timesteps, largest, rounds in [
        (emitted.VGG_MINI, 64, 32, 3), (emitted.VGG_MINI, 256, 8, 2), (emitted.VGG16, 64, 8, 3),
    ]:  # fmt: skip
        layers = networks.read(network.path)
        calibration = emitted.calibration_images(network.data, 200)
        layers = torch_networks.normalize(layers, calibration)
        batches = batches or best_batches(layers, test["x"])
        found = compare(network, layers, timesteps, batches, largest, rounds, test, arguments)
        result.tables.append(measure.table(found))
        result.points += [m.point for m in found]
        result.bars.append(bar(network.name, timesteps, found))
        # What comes next takes longer: this much is kept if it is stopped.
        partial = dataclasses.replace(result, tables=[*result.tables, table], bars=result.bars + bars)
        partial.machine_load = os.getloadavg()[0]
        partial.save(emitted.WORK / "results")
    return partial
