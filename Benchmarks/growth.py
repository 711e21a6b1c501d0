"""How time grows with timesteps, with the size of the network and with the number of images."""

import numpy as np

import emitted
import measure
from results import Section, Table

TEXT = """One thread, medians of interleaved rounds; an exponent k is that of y ~ x^k, fitted by least squares of the
logarithms. Pipelined networks of fewer timesteps are the one for T = 256 stopped early. MobileNet sees random images:
there is no public one here to calibrate it with, so its time counts and not its answers."""
TIMESTEPS = (8, 16, 32, 64, 128, 255)
BATCHES = (1, 4, 16, 64, 256)
NETWORKS = (emitted.RESNET8, emitted.VGG_MINI, emitted.MOBILENET, emitted.VGG16)


def medians(runs: dict, rounds: int) -> dict:
    """`runs`: what is called, with its batches, by name."""
    times: dict = {name: [] for name in runs}
    for run, batches in runs.values():
        measure.once(run, batches[:1])
    for number in range(rounds):
        for i in np.random.default_rng(number).permutation(len(runs)):
            name = list(runs)[i]
            times[name].append(measure.once(*runs[name]))
    return {name: float(np.median(found)) for name, found in times.items()}


def runner(library: emitted.Library, timesteps: int):
    return lambda images: library.run(images, timesteps)


def images_of(network: emitted.Network, count: int) -> np.ndarray:
    if network.data == "random96":
        return emitted.calibration_images("random96", count)
    return np.load(emitted.SHARED / "data" / "cifar10_test.npz")["x"][:count]


def over_timesteps(compiler: str) -> dict:
    network, runs = emitted.VGG_MINI, {}
    images = list(images_of(network, 8)[:, None])
    for timesteps in TIMESTEPS:
        library = emitted.Library(emitted.compile(network, "layerwise", timesteps), compiler)
        runs["layerwise", timesteps] = (runner(library, timesteps), images)
    library = emitted.Library(emitted.compile(network, "pipelined", 256), compiler)
    for timesteps in TIMESTEPS:
        runs["pipelined", timesteps] = (runner(library, timesteps), images)
    return medians(runs, 9)


def over_networks(compiler: str) -> tuple[dict, list[str]]:
    """Medians; and what was said of networks that spikec refuses."""
    runs, refusals = {}, []
    for network in NETWORKS:
        macs = emitted.multiply_accumulates(network)
        images = list(images_of(network, 4)[:, None])
        # A fraction of the images: how fast the network is does not depend on its calibration.
        calibration = network.calibration(20)
        for schedule in ("layerwise", "pipelined"):
            folder = f"growth-{network.name.replace(' ', '')}-{schedule}"
            try:
                place = emitted.compile(network, schedule, 64, calibration, folder=folder)
            except emitted.Refused as refusal:
                refusals.append(f"{network.name} is missing: {refusal}.")
                break
            library = emitted.Library(place, compiler)
            runs[schedule, macs, network.name] = (runner(library, 64), images)
    return medians(runs, 7), refusals


def over_batches(compiler: str) -> dict:
    network, runs = emitted.VGG_MINI, {}
    library = emitted.Library(emitted.compile(network, "layerwise", 64), compiler)
    for size in BATCHES:
        runs["layerwise", size] = (runner(library, 64), [images_of(network, size)])
    return medians(runs, 9)


def add(result: Section, plot: str, unit: str, found: dict, per_image: bool = True) -> list:
    """Notes points, and gives a row for each series: its points and exponent."""
    series: dict = {}
    for (name, x, *label), milliseconds in found.items():
        y = milliseconds if per_image else milliseconds * x
        series.setdefault(name, []).append((x, y))
        result.points.append(
            {"plot": plot, "series": name, "x": x, "y": y, "name": label[0] if label else ""}
        )
    rows = []
    for name, points in series.items():
        x, y = zip(*sorted(points))
        values = ", ".join(f"{a / 1e6:.1f} M: {b:.3g}" if a > 1e5 else f"{a}: {b:.3g}"
                           for a, b in zip(x, y))  # fmt: skip
        rows.append([name, unit, values, f"{measure.fit_exponent(x, y):.2f}"])
    return rows


def section(arguments) -> Section:
    result = Section("growth", "Growth", TEXT)
    compiler = arguments.compiler
    rows = add(result, "timesteps", "vgg_mini, by timesteps", over_timesteps(compiler))
    found, refusals = over_networks(compiler)
    result.text = "\n\n".join([result.text, *refusals])
    names = ", ".join(dict.fromkeys(name for _, _, name in found))
    unit = f"T = 64, by multiply-accumulates ({names})"
    rows += add(result, "multiply-accumulates", unit, found)
    rows += add(
        result, "images in a call", "vgg_mini, T = 64, whole call by images in it",
        over_batches(compiler), per_image=False,
    )  # fmt: skip
    result.tables.append(Table(["schedule", "", "ms", "exponent"], rows))
    return result
