"""What is measured: something that gives logits for a batch of raw images."""

import dataclasses
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass
class Contender:
    """`run` takes uint8 images [N, 32, 32, 3] in the form that `prepare` gives, which is not timed."""

    name: str
    network: str
    kind: str  # "ours", "cnn" or "snn"
    version: str
    timesteps: int | None
    batches: tuple[int, ...]
    prepare: Callable[[np.ndarray], object]
    run: Callable[[object], np.ndarray]
