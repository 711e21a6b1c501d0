"""Interleaved timing: every round runs every contender once, so that what disturbs the machine
disturbs all alike."""

import dataclasses
import time
from collections.abc import Callable

import numpy as np

from contender import Contender
from results import Table

HEAD = ["network", "", "batch", "ms per image", "quartiles", "accuracy", "version"]


@dataclasses.dataclass
class Measurement:
    contender: Contender
    batch: int
    milliseconds: list[float]  # per image, one number a round
    accuracy: float = 0
    judged: int = 0  # images that the accuracy is of

    @property
    def median(self) -> float:
        return float(np.median(self.milliseconds))

    @property
    def quartiles(self) -> tuple[float, float]:
        low, high = np.percentile(self.milliseconds, [25, 75])
        return float(low), float(high)

    @property
    def row(self) -> list[str]:
        low, high = self.quartiles
        return [
            self.contender.network, self.contender.name, str(self.batch), f"{self.median:.3f}",
            f"{low:.3f} to {high:.3f}", f"{100 * self.accuracy:.1f} % of {self.judged}",
            self.contender.version,
        ]  # fmt: skip

    @property
    def point(self) -> dict:
        low, high = self.quartiles
        return {
            "plot": "milliseconds", "series": self.contender.kind, "network": self.contender.network,
            "name": self.contender.name, "batch": self.batch, "version": self.contender.version,
            "timesteps": self.contender.timesteps, "accuracy": self.accuracy,
            "judged": self.judged, "y": self.median, "low": low, "high": high,
            "least": min(self.milliseconds), "rounds": len(self.milliseconds),
        }  # fmt: skip


def table(measurements: list[Measurement]) -> Table:
    return Table(HEAD, [m.row for m in measurements])


def once(run: Callable, batches: list) -> float:
    """Milliseconds per image over some batches."""
    start = time.perf_counter()
    for batch in batches:
        run(batch)
    return 1e3 * (time.perf_counter() - start) / sum(len(batch) for batch in batches)


def split(contender: Contender, images: np.ndarray, size: int) -> list:
    parts = [images[i : i + size] for i in range(0, len(images), size)]
    return [contender.prepare(part) for part in parts]


def interleave(contenders: list[Contender], images: np.ndarray, rounds: int) -> list[Measurement]:
    """`images` uint8; every contender sees all of them in each of its batch sizes."""
    prepared = []
    for contender in contenders:
        for size in contender.batches:
            batches = split(contender, images[: max(size, len(images) // size * size)], size)
            once(contender.run, batches[:1])
            prepared.append((Measurement(contender, size, []), batches))
    for number in range(rounds):
        # Each round in another order: what ran before leaves its traces in the caches.
        for i in np.random.default_rng(number).permutation(len(prepared)):
            measurement, batches = prepared[i]
            measurement.milliseconds.append(once(measurement.contender.run, batches))
    return [measurement for measurement, _ in prepared]


def judge(measurements: list[Measurement], images: np.ndarray, labels: np.ndarray) -> None:
    """Gives measurements the accuracy of their contender."""
    known: dict[int, float] = {}
    for measurement in measurements:
        contender = measurement.contender
        if id(contender) not in known:
            right = 0
            for i in range(0, len(images), 64):
                logits = contender.run(contender.prepare(images[i : i + 64]))
                right += int((np.asarray(logits).argmax(1) == labels[i : i + 64]).sum())
            known[id(contender)] = right / len(images)
        measurement.accuracy, measurement.judged = known[id(contender)], len(images)


def fit_exponent(x: list[float], y: list[float]) -> float:
    """The k of y ~ x^k, by least squares of the logarithms."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])
