"""Turns measurements into docs/benchmarks.json, .svg and .md."""

import json
import pathlib
import platform

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "spikec"
import matplotlib.pyplot as plt  # noqa: E402

COLOURS = {"ours": "#1b6ca8", "cnn": "#999999", "snn": "#d08770"}
# (ours, peer, the largest ratio that is good enough); all at batch 1.
BARS = [
    *[(f"spikec layerwise, T = {t}", "ONNX Runtime int8", 1.0) for t in (8, 64, 255)],
    *[(f"spikec layerwise, T = {t}", "ONNX Runtime fp32", 0.45) for t in (8, 64, 255)],
    ("spikec layerwise, T = 256", "ONNX Runtime int8", 1.5),
    ("spikec layerwise, T = 255", "spikec layerwise, T = 8", 1.1),
]


def processor() -> str:
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict(
        (part.strip() for part in line.split(":", 1)) for line in lines if ":" in line
    )
    names = {"avx2", "avx512f", "avx512_vnni", "avx_vnni"} & set(facts.get("flags", "").split())
    family = f"family {facts.get('cpu family', '?')}, model {facts.get('model', '?')}"
    return f"{facts.get('model name', platform.machine())} ({family}; {', '.join(sorted(names))})"


def table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def ratios(measurements) -> list[dict]:
    medians = {m.contender.name: m.median for m in measurements if m.batch == 1}
    return [
        {"ours": ours, "peer": peer, "bar": bar, "ratio": medians[ours] / medians[peer]}
        for ours, peer, bar in BARS
    ]


def draw(path: pathlib.Path, measurements) -> None:
    figure, axes = plt.subplots(figsize=(8, 0.4 * len(measurements) + 1))
    names = [f"{m.contender.name}, batch {m.batch}" for m in measurements]
    middle = [m.median for m in measurements]
    spread = [
        [m.median - m.quartiles[0] for m in measurements],
        [m.quartiles[1] - m.median for m in measurements],
    ]
    colours = [COLOURS[m.contender.kind] for m in measurements]
    bars = axes.barh(names, middle, xerr=spread, color=colours)
    axes.bar_label(bars, fmt="%.3g", padding=6)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(right=2.5 * max(middle))
    axes.set_xlabel("milliseconds per image, one thread (median, quartiles)")
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})


def page(measurements, accuracies, arguments) -> str:
    rows = [["", "batch", "ms per image", "quartiles", "accuracy", "version"]]
    for m in measurements:
        low, high = m.quartiles
        rows.append(
            [m.contender.name, str(m.batch), f"{m.median:.3f}", f"{low:.3f} to {high:.3f}",
             f"{100 * accuracies[m.contender.name]:.1f} %", m.contender.version]
        )  # fmt: skip
    goals = [["ours", "against", "ratio", "bar", ""]]
    for r in ratios(measurements):
        goals.append(
            [r["ours"], r["peer"], f"{r['ratio']:.2f}", f"{r['bar']:.2f}",
             "reached" if r["ratio"] <= r["bar"] else "missed"]
        )  # fmt: skip
    return f"""# Benchmarks

Written by `make bench`. One thread on {processor()}, {platform.system()}.

Each of {arguments.rounds} rounds runs everything once, in random order, on {arguments.images} CIFAR-10 images: the numbers
are medians and quartiles over the rounds. The network is `vgg_mini_cifar10`: seven convolutions, four average poolings,
one dense layer, 41 million multiply-accumulates per image. Accuracy is that on {arguments.accuracy} test images.

ONNX Runtime runs the CNN that the spiking network is made of: fp32, and int8 as its guide to quantisation advises (QDQ,
static, per channel, calibrated on 200 images). All optimisations of the graph are on.

![milliseconds per image](benchmarks.svg)

{table(rows)}
Ratios of medians at batch 1, beside what is aimed at:

{table(goals)}"""


def write(folder: pathlib.Path, measurements, accuracies, arguments) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    results = [
        {
            "name": m.contender.name, "version": m.contender.version, "batch": m.batch,
            "timesteps": m.contender.timesteps, "accuracy": accuracies[m.contender.name],
            "milliseconds_per_image": {
                "median": m.median, "quartiles": m.quartiles, "least": min(m.milliseconds),
            },
        }
        for m in measurements
    ]  # fmt: skip
    document = {"processor": processor(), "results": results, "ratios": ratios(measurements)}
    (folder / "benchmarks.json").write_text(json.dumps(document, indent=1) + "\n")
    draw(folder / "benchmarks.svg", measurements)
    text = page(measurements, accuracies, arguments)
    (folder / "benchmarks.md").write_text(text)
    print(text)
