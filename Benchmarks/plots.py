"""Draws docs/benchmarks.svg (milliseconds of all) and docs/growth.svg."""

import pathlib

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "spikec"
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402

from measure import fit_exponent  # noqa: E402

COLOURS = {"ours": "#1b6ca8", "cnn": "#999999", "snn": "#d08770"}
MEANING = {"ours": "spikec", "cnn": "the CNN itself", "snn": "other spiking simulators"}


def save(figure, path: pathlib.Path) -> None:
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


def milliseconds(path: pathlib.Path, points: list[dict]) -> None:
    """A bar for each contender; one panel a network."""
    networks = list(dict.fromkeys(p["network"] for p in points))
    rows = [[p for p in points if p["network"] == network] for network in networks]
    figure, panels = plt.subplots(
        len(networks), 1, figsize=(8, 0.3 * len(points) + 1.5 * len(networks)), squeeze=False,
        height_ratios=[len(row) for row in rows],
    )  # fmt: skip
    for axes, network, row in zip(panels[:, 0], networks, rows):
        names = [f"{p['name']}, batch {p['batch']}" for p in row]
        middle = [p["y"] for p in row]
        spread = [[p["y"] - p["low"] for p in row], [p["high"] - p["y"] for p in row]]
        bars = axes.barh(names, middle, xerr=spread, color=[COLOURS[p["series"]] for p in row])
        axes.bar_label(bars, fmt="%.3g", padding=6)
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.set_xlim(min(middle) / 3, 3 * max(middle))
        axes.set_title(f"{network}: milliseconds per image, one thread (median, quartiles)")
    panels[0, 0].legend(handles=[Patch(color=COLOURS[k], label=MEANING[k]) for k in COLOURS])
    figure.tight_layout()
    save(figure, path)


def growth(path: pathlib.Path, points: list[dict]) -> None:
    plots = list(dict.fromkeys(p["plot"] for p in points))
    figure, panels = plt.subplots(1, len(plots), figsize=(4 * len(plots), 3.6), squeeze=False)
    for axes, plot in zip(panels[0], plots):
        here = [p for p in points if p["plot"] == plot]
        for series in dict.fromkeys(p["series"] for p in here):
            line = sorted((p["x"], p["y"], p["name"]) for p in here if p["series"] == series)
            x, y, names = zip(*line)
            axes.plot(x, y, "o-", label=f"{series}: exponent {fit_exponent(x, y):.2f}")
            for place in zip(x, y, names):
                axes.annotate(place[2], place[:2], fontsize=6, xytext=(3, -8),
                              textcoords="offset points")  # fmt: skip
        axes.set(xscale="log", yscale="log", xlabel=plot, ylabel="ms")
        axes.legend(fontsize=7)
    figure.tight_layout()
    save(figure, path)
