"""Interleaved timing: every round runs every contender once, so that what disturbs the machine
disturbs all alike."""

import dataclasses
import time

import numpy as np

from contender import Contender


@dataclasses.dataclass
class Measurement:
    contender: Contender
    batch: int
    milliseconds: list[float]  # per image, one number a round

    @property
    def median(self) -> float:
        return float(np.median(self.milliseconds))

    @property
    def quartiles(self) -> tuple[float, float]:
        low, high = np.percentile(self.milliseconds, [25, 75])
        return float(low), float(high)


def once(contender: Contender, batches: list) -> float:
    """Milliseconds per image over some batches."""
    start = time.perf_counter()
    for batch in batches:
        contender.run(batch)
    return 1e3 * (time.perf_counter() - start) / sum(len(batch) for batch in batches)


def interleave(contenders: list[Contender], images: np.ndarray, rounds: int) -> list[Measurement]:
    """`images` uint8; every contender sees all of them in each of its batch sizes."""
    prepared = []
    for contender in contenders:
        for size in contender.batches:
            parts = [images[i : i + size] for i in range(0, len(images), size)]
            batches = [contender.prepare(part) for part in parts]
            once(contender, batches[:2])
            prepared.append((Measurement(contender, size, []), batches))
    for number in range(rounds):
        # Each round in another order: what ran before leaves its traces in the caches.
        for i in np.random.default_rng(number).permutation(len(prepared)):
            measurement, batches = prepared[i]
            measurement.milliseconds.append(once(measurement.contender, batches))
    return [measurement for measurement, _ in prepared]


def accuracy(contender: Contender, images: np.ndarray, labels: np.ndarray) -> float:
    """The fraction of images that it classifies as labelled."""
    right = 0
    for i in range(0, len(images), 64):
        logits = contender.run(contender.prepare(images[i : i + 64]))
        right += int((np.asarray(logits).argmax(1) == labels[i : i + 64]).sum())
    return right / len(images)
